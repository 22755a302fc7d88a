import type { Definition, Module, OptionDeclaration } from "../model/module.ts";
import { configPath, type Value } from "../model/value.ts";

interface Node {
  readonly children: Map<string, Node>;
  readonly definitions: Definition[];
}

/** All definitions of a flake by option path. */
export interface OptionIndex {
  /** Definitions of exactly the options a pattern names; `*` stands for any one name. */
  definitions(pattern: readonly string[]): readonly Definition[];
  /** Definitions of what a pattern names and of everything below. */
  definitionsBelow(pattern: readonly string[]): readonly Definition[];
  /** The flake's own declaration of an option. */
  declaration(path: readonly string[]): OptionDeclaration | undefined;
}

/** How often definitions are carried on through aliases and through options that are set to another option. */
const maximalLinkRounds = 3;

export function createOptionIndex(modules: readonly Module[]): OptionIndex {
  const root = createNode();
  const declarations = new Map<string, OptionDeclaration>();
  const memo = new Map<string, readonly Definition[]>();
  for (const module of modules) {
    for (const definition of module.definitions) insert(root, definition);
    for (const option of module.options) declarations.set(option.path.join("."), option);
  }
  followLinks(root, modules);
  return {
    definitions: (pattern) => remember(memo, `=${pattern.join("\0")}`, () => match(root, pattern).flatMap((node) => node.definitions)),
    definitionsBelow: (pattern) => remember(memo, `<${pattern.join("\0")}`, () => match(root, pattern).flatMap(definitionsIn)),
    declaration: (path) => declarations.get(path.join(".")),
  };
}

function remember<Result>(memo: Map<string, Result>, key: string, compute: () => Result): Result {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const result = compute();
  memo.set(key, result);
  return result;
}

function createNode(): Node {
  return { children: new Map(), definitions: [] };
}

function insert(root: Node, definition: Definition): void {
  let node = root;
  for (const name of definition.path) {
    let child = node.children.get(name);
    if (!child) {
      child = createNode();
      node.children.set(name, child);
    }
    node = child;
  }
  node.definitions.push(definition);
}

function match(node: Node, pattern: readonly string[], index = 0): Node[] {
  const name = pattern[index];
  if (name === undefined) return [node];
  if (name === "*") return [...node.children.values()].flatMap((child) => match(child, pattern, index + 1));
  const child = node.children.get(name);
  return child ? match(child, pattern, index + 1) : [];
}

function definitionsIn(node: Node): Definition[] {
  return [...node.definitions, ...[...node.children.values()].flatMap(definitionsIn)];
}

/**
 * Carries definitions on to where they take effect: below an option that is set to another one (`users.users.me = config.user;`)
 * and along `mkAliasOptionModule`. Values of lists and scalars are followed where they are read instead.
 */
function followLinks(root: Node, modules: readonly Module[]): void {
  const links = modules.flatMap((module) => [
    ...module.aliases.map(({ from, to }) => ({ from, to, isAlias: true, computed: new Map<number, Value>() })),
    ...module.definitions.flatMap((definition) => {
      const from = configPath(definition.value);
      return from ? [{ from, to: definition.path, isAlias: false, computed: definition.computedNames }] : [];
    }),
  ]);
  const seen = new Set<string>();
  for (let round = 0; round < maximalLinkRounds; round++) {
    const carried = links.flatMap(({ from, to, isAlias, computed }) =>
      match(root, from)
        .flatMap(definitionsIn)
        .filter((definition) => isAlias || definition.path.length > from.length)
        .map((definition): Definition => {
          const shift = to.length - from.length;
          const own = [...definition.computedNames].map(([index, value]): [number, Value] => [index + shift, value]);
          const computedNames = new Map([...computed, ...own]);
          const names = [...to.map((_, index) => definition.names[Math.min(index, from.length - 1)] ?? definition.name), ...definition.names.slice(from.length)];
          return { ...definition, path: [...to, ...definition.path.slice(from.length)], names, computedNames };
        }),
    );
    const fresh = carried.filter((definition) => {
      const key = `${definition.name.file}:${definition.name.start}:${definition.path.join(".")}`;
      return definition.path.length < 24 && !seen.has(key) && seen.add(key);
    });
    if (fresh.length === 0) return;
    for (const definition of fresh) insert(root, definition);
  }
}
