import type { Definition, Module, OptionDeclaration } from "../model/module.ts";
import { configPath, type Value } from "../model/value.ts";

/** All definitions of a flake by option path. */
export interface OptionIndex {
  /** Definitions of exactly the options a pattern names; `*` stands for any one name. */
  definitions(pattern: readonly string[]): readonly Definition[];
  /** Definitions of what a pattern names and of everything below. */
  definitionsBelow(pattern: readonly string[]): readonly Definition[];
  /** The flake's own declaration of an option; `key` is its dotted path, for who has that at hand. */
  declaration(path: readonly string[], key?: string): OptionDeclaration | undefined;
}

/** Keeps the index of a flake from one edit to the next: only modules that come or go cost something. */
export interface OptionIndexBuilder {
  build(modules: ReadonlySet<Module>): OptionIndex;
}

const none: readonly Definition[] = [];

interface Node {
  readonly children: Map<string, Node>;
  readonly definitions: Set<Definition>;
}

/** An option whose definitions take effect at another one too. */
interface Link {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** An alias carries the definitions of the option itself, not only of what lies below. */
  readonly isAlias: boolean;
  /** Values of the names in `to` that are not known, by index. */
  readonly computedNames: ReadonlyMap<number, Value>;
}

/** How often definitions are carried on through aliases and through options that are set to another option. */
const maximalLinkRounds = 3;

/** Carrying definitions on could lengthen paths for ever. */
const maximalPathLength = 24;

export function createOptionIndexBuilder(): OptionIndexBuilder {
  const root = createNode();
  const declarations = new Map<string, OptionDeclaration[]>();
  const linksByModule = new Map<Module, readonly Link[]>();
  let carried: Definition[] = [];

  const add = (module: Module): void => {
    for (const definition of module.definitions) nodeAt(root, definition.path).definitions.add(definition);
    for (const option of module.options) {
      const key = option.path.join(".");
      declarations.set(key, [...(declarations.get(key) ?? []), option]);
    }
    linksByModule.set(module, linksOf(module));
  };

  const remove = (module: Module): void => {
    for (const definition of module.definitions) removeDefinition(root, definition);
    for (const option of module.options) {
      const key = option.path.join(".");
      declarations.set(
        key,
        (declarations.get(key) ?? []).filter((other) => other !== option),
      );
    }
    linksByModule.delete(module);
  };

  return {
    build(modules) {
      for (const definition of carried) removeDefinition(root, definition);
      for (const module of [...linksByModule.keys()]) if (!modules.has(module)) remove(module);
      for (const module of modules) if (!linksByModule.has(module)) add(module);
      carried = carryOn(root, [...linksByModule.values()].flat());
      const memo = new Map<string, readonly Definition[]>();
      return {
        definitions: (pattern) =>
          pattern.includes("*")
            ? remember(memo, `=${pattern.join("\0")}`, () =>
                inOrder(match(root, pattern).flatMap((node) => [...node.definitions])),
              )
            : definitionsAt(root, pattern),
        definitionsBelow: (pattern) =>
          remember(memo, `<${pattern.join("\0")}`, () => inOrder(match(root, pattern).flatMap(definitionsIn))),
        declaration: (path, key = path.join(".")) => declarations.get(key)?.[0],
      };
    },
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
  return { children: new Map(), definitions: new Set() };
}

function nodeAt(root: Node, path: readonly string[]): Node {
  let node = root;
  for (const name of path) {
    let child = node.children.get(name);
    if (!child) {
      child = createNode();
      node.children.set(name, child);
    }
    node = child;
  }
  return node;
}

/** Definitions of exactly one option, in order. */
function definitionsAt(root: Node, path: readonly string[]): readonly Definition[] {
  let node: Node | undefined = root;
  for (const name of path) node = node?.children.get(name);
  return node && node.definitions.size > 0 ? inOrder([...node.definitions]) : none;
}

function removeDefinition(node: Node, definition: Definition, index = 0): void {
  const name = definition.path[index];
  if (name === undefined) {
    node.definitions.delete(definition);
    return;
  }
  const child = node.children.get(name);
  if (!child) return;
  removeDefinition(child, definition, index + 1);
  if (child.definitions.size === 0 && child.children.size === 0) node.children.delete(name);
}

function match(node: Node, pattern: readonly string[], index = 0): Node[] {
  const name = pattern[index];
  if (name === undefined) return [node];
  if (name === "*") return [...node.children.values()].flatMap((child) => match(child, pattern, index + 1));
  const child = node.children.get(name);
  return child ? match(child, pattern, index + 1) : [];
}

/** By place, so that the order does not depend on which module was edited last. */
function inOrder(definitions: Definition[]): readonly Definition[] {
  return definitions.sort((a, b) =>
    a.name.file < b.name.file ? -1 : a.name.file > b.name.file ? 1 : a.name.start - b.name.start,
  );
}

function definitionsIn(node: Node): Definition[] {
  return [...node.definitions, ...[...node.children.values()].flatMap(definitionsIn)];
}

function linksOf(module: Module): Link[] {
  return [
    ...module.aliases.map(({ from, to }) => ({ from, to, isAlias: true, computedNames: new Map() })),
    ...module.definitions.flatMap((definition) => {
      const from = configPath(definition.value);
      return from ? [{ from, to: definition.path, isAlias: false, computedNames: definition.computedNames }] : [];
    }),
  ];
}

/**
 * Carries definitions on to where they take effect: below an option that is set to another one (`users.users.me = config.user;`)
 * and along `mkAliasOptionModule`. Values of lists and scalars are followed where they are read instead. Returns what it added.
 */
function carryOn(root: Node, links: readonly Link[]): Definition[] {
  const added: Definition[] = [];
  const seen = new Set<string>();
  for (let round = 0; round < maximalLinkRounds; round++) {
    const carried = links.flatMap((link) =>
      match(root, link.from)
        .flatMap(definitionsIn)
        .filter((definition) => link.isAlias || definition.path.length > link.from.length)
        .map((definition) => moved(definition, link)),
    );
    const fresh = carried.filter((definition) => {
      const key = `${definition.name.file}:${definition.name.start}:${definition.path.join(".")}`;
      return definition.path.length < maximalPathLength && !seen.has(key) && seen.add(key);
    });
    if (fresh.length === 0) break;
    for (const definition of fresh) nodeAt(root, definition.path).definitions.add(definition);
    added.push(...fresh);
  }
  return added;
}

/** The definition as if it stood at the other end of a link; the names that the link brings are written where the last one it replaces is. */
function moved(definition: Definition, { from, to, computedNames: computedInLink }: Link): Definition {
  const shift = to.length - from.length;
  const own = [...definition.computedNames].map(([index, value]): [number, Value] => [index + shift, value]);
  const { names, name } = definition;
  return {
    ...definition,
    path: [...to, ...definition.path.slice(from.length)],
    names: [...to.map((_, index) => names[Math.min(index, from.length - 1)] ?? name), ...names.slice(from.length)],
    computedNames: new Map([...computedInLink, ...own]),
  };
}
