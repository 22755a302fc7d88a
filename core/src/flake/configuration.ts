import type { Evaluator } from "../model/evaluator.ts";
import { calleeName } from "../model/library.ts";
import type { Definition, Module, OptionDeclaration } from "../model/module.ts";
import { concatText, toItems } from "../model/operations.ts";
import { configPath, type Guard, type ListItem, type TextValue, type Value } from "../model/value.ts";
import type { OptionIndex } from "./optionIndex.ts";

export type Truth = "yes" | "no" | "maybe";

/** What a boolean option comes to; `unset` when no module of the flake sets or declares it. */
export interface Flag {
  readonly state: Truth | "unset";
  /** The definition that decides. */
  readonly definition: Definition | undefined;
}

/** One element of a list option, wherever in the flake it is written. */
export interface ConfigurationItem extends ListItem {
  /** The definition whose list holds it. */
  readonly definition: Definition | undefined;
}

/** An import of a module that is not part of the flake. */
export interface ExternalImport {
  /** `profiles/qemu-guest.nix` for a module of nixpkgs, else the reference (`inputs.disko.nixosModules.disko`). */
  readonly name: string;
  /** The element of `imports`, and the module it stands in; undefined when it is given beside the modules of the flake. */
  readonly item: ListItem | undefined;
  readonly module: Module | undefined;
}

/** What the modules of one host say together; or, for modules that no known host imports, what the whole flake says. */
export interface Configuration {
  /** The host's name; undefined for the modules that no known host imports. */
  readonly host: string | undefined;
  /** True when every import could be followed, so that what no module says is not said. */
  readonly complete: boolean;
  readonly modules: readonly Module[];
  /** Modules of other flakes and of nixpkgs, such as `profiles/qemu-guest.nix` or `inputs.disko.nixosModules.disko`. */
  readonly external: readonly string[];
  /** The same with where they are imported. */
  readonly externalImports: readonly ExternalImport[];
  /** Where to look for what silences a finding: this configuration when it is complete, else the whole flake. */
  readonly widest: Configuration;
  /** Definitions of the options a dotted pattern names (`*` is any one name), except those under a condition that is false. */
  definitions(pattern: string): readonly Definition[];
  /** The same with everything below. */
  definitionsBelow(pattern: string): readonly Definition[];
  declaration(path: readonly string[]): OptionDeclaration | undefined;
  flag(path: string): Flag;
  /** Whether conditions hold in this configuration. */
  holds(guards: readonly Guard[]): Truth;
  /** Elements of a list value; options the flake declares itself are followed to where they are set. */
  items(value: Value, definition?: Definition): readonly ConfigurationItem[];
  /** What a value may be: references to options are followed; what is not known stays as it is. */
  values(value: Value): readonly Value[];
}

export interface ConfigurationOptions {
  readonly host: string | undefined;
  readonly complete: boolean;
  readonly modules: readonly Module[];
  readonly externalImports: readonly ExternalImport[];
  readonly index: OptionIndex;
  readonly evaluator: Evaluator;
  /** The set of further arguments that the host's modules are called with. */
  readonly specialArgs?: Value | undefined;
  /** Left out for the configuration that is itself the whole flake. */
  readonly wholeFlake?: Configuration;
}

const maximalDepth = 6;

export function createConfiguration(options: ConfigurationOptions): Configuration {
  const { host, complete, modules, externalImports, index, evaluator } = options;
  const members = new Set(modules);
  const memo = new Map<string, readonly Definition[]>();
  const flags = new Map<string, Flag>();
  const running = new Set<string>();
  /** All definitions below one `mkIf` share its guard. */
  const truths = new Map<Guard, Truth>();

  const configuration: Configuration = {
    host,
    complete,
    modules,
    external: [...new Set(externalImports.map(({ name }) => name))],
    externalImports,
    get widest() {
      return complete || !options.wholeFlake ? configuration : options.wholeFlake;
    },
    definitions: (pattern) => effective(`=${pattern}`, () => index.definitions(pattern.split("."))),
    definitionsBelow: (pattern) => effective(`<${pattern}`, () => index.definitionsBelow(pattern.split("."))),
    declaration: (path) => index.declaration(path),
    flag: (path) => flagAt(path.split(".")),
    holds,
    items: (value, definition) => itemsOf(value, definition, 0),
    values: (value) => valuesOf(value, 0),
  };
  return configuration;

  function effective(key: string, find: () => readonly Definition[]): readonly Definition[] {
    const known = memo.get(key);
    if (known) return known;
    const own = find().filter((definition) => members.has(definition.module));
    // While conditions are being decided the answer is provisional and must not be kept.
    const decided = own.filter((definition) => holds(definition.guards) !== "no");
    if (running.size === 0) memo.set(key, decided);
    return decided;
  }

  function definitionsAt(path: readonly string[], key = path.join(".")): readonly Definition[] {
    return effective(`=${key}`, () => index.definitions(path));
  }

  function holds(guards: readonly Guard[]): Truth {
    let result: Truth = "yes";
    for (const guard of guards) {
      const here = truthOfGuard(guard);
      if (here === "no") return "no";
      if (here === "maybe") result = "maybe";
    }
    return result;
  }

  function truthOfGuard(guard: Guard): Truth {
    const known = truths.get(guard);
    if (known) return known;
    const truth = truthOf(guard.condition, 0);
    const here = guard.negated ? opposite(truth) : truth;
    // What is false for one host may be true for another; only a host can say no.
    const decided = host === undefined && here === "no" && guard.condition.kind !== "boolean" ? "maybe" : here;
    if (running.size === 0) truths.set(guard, decided);
    return decided;
  }

  function truthOf(value: Value, depth: number): Truth {
    if (depth > maximalDepth) return "maybe";
    if (value.kind === "boolean") return value.value ? "yes" : "no";
    const path = configPath(value);
    if (path?.includes("*")) return "maybe";
    if (path) {
      const { state } = flagAt(path);
      if (state !== "unset") return state;
      return complete && path.at(-1) === "enable" && value.kind === "reference" && !value.fallback ? "no" : "maybe";
    }
    const given = specialArgument(value);
    if (given) return truthOf(given, depth + 1);
    if (value.kind !== "operation") return "maybe";
    const [left, right] = value.operands;
    if (!left) return "maybe";
    if (value.operator === "!") return opposite(truthOf(left, depth + 1));
    if (!right) return "maybe";
    if (value.operator === "&&" || value.operator === "||") {
      const [a, b] = [truthOf(left, depth + 1), truthOf(right, depth + 1)];
      const decisive = value.operator === "&&" ? "no" : "yes";
      if (a === decisive || b === decisive) return decisive;
      return a === "maybe" || b === "maybe" ? "maybe" : opposite(decisive);
    }
    if (value.operator === "==" || value.operator === "!=") {
      const same = sameScalar(valuesOf(left, depth + 1), valuesOf(right, depth + 1));
      return same === "maybe" ? same : (same === "yes") === (value.operator === "==") ? "yes" : "no";
    }
    return "maybe";
  }

  function flagAt(path: readonly string[]): Flag {
    const key = path.join(".");
    const known = flags.get(key);
    if (known) return known;
    // An option whose condition needs the option itself cannot be decided here.
    if (running.has(key)) return { state: "maybe", definition: undefined };
    running.add(key);
    try {
      const flag = decideFlag(path, key);
      if (running.size === 1) flags.set(key, flag);
      return flag;
    } finally {
      running.delete(key);
    }
  }

  function decideFlag(path: readonly string[], key: string): Flag {
    const definitions = definitionsAt(path, key);
    const strongest = Math.min(...definitions.map((definition) => definition.priority));
    let decisive: Flag | undefined;
    for (const definition of definitions.filter((candidate) => candidate.priority === strongest)) {
      const guarded = holds(definition.guards);
      const truth = truthOf(definition.value, 1);
      const state: Truth = guarded === "yes" ? truth : "maybe";
      if (!decisive || decisive.state === "maybe") decisive = { state, definition };
    }
    // Without a host, different hosts may say different things.
    if (decisive)
      return host === undefined && decisive.definition?.guards.length ? { ...decisive, state: "maybe" } : decisive;
    const declared = index.declaration(path, key);
    if (!declared) return { state: "unset", definition: undefined };
    const truth = declared.default ? truthOf(declared.default, 1) : "maybe";
    return { state: complete || truth !== "no" ? truth : "maybe", definition: undefined };
  }

  function itemsOf(value: Value, definition: Definition | undefined, depth: number): ConfigurationItem[] {
    return toItems(value).flatMap((item): ConfigurationItem[] => {
      if (!item.spread || depth > maximalDepth) return [{ ...item, definition }];
      return spreadItems(item.value, item, definition, depth).map((inner) => ({
        ...inner,
        guards: [...item.guards, ...inner.guards],
      }));
    });
  }

  function spreadItems(
    value: Value,
    item: ListItem,
    definition: Definition | undefined,
    depth: number,
  ): ConfigurationItem[] {
    if (value.kind === "mapped") {
      return itemsOf(value.over, definition, depth + 1).map((inner) =>
        inner.spread
          ? { ...inner, value: { ...value, over: inner.value } }
          : { ...inner, value: evaluator.apply(value.function, () => inner.value, inner.at) },
      );
    }
    const name = calleeName(value);
    if (value.kind === "call" && (name === "attrValues" || name === "unique"))
      return itemsOf(value.arguments[0] ?? value, definition, depth + 1);
    if (value.kind === "call" && name === "attrNames") return memberNames(value.arguments[0] ?? value);
    const given = specialArgument(value);
    if (given) return itemsOf(given, definition, depth + 1);
    const path = configPath(value);
    if (!path) return [{ ...item, definition }];
    const followed = definitionsAt(path).flatMap((found) =>
      itemsOf(found.value, found, depth + 1).map((inner) => ({ ...inner, guards: [...found.guards, ...inner.guards] })),
    );
    const fallback = index.declaration(path)?.default;
    const defaults = fallback ? itemsOf(fallback, undefined, depth + 1) : [];
    return followed.length > 0 || defaults.length > 0 ? [...followed, ...defaults] : [{ ...item, definition }];
  }

  /** The names below an option that is a set, where they are written. */
  function memberNames(set: Value): ConfigurationItem[] {
    const path = configPath(set) ?? [];
    const names = new Map<string, ConfigurationItem>();
    for (const definition of effective(`<${path.join(".")}`, () => index.definitionsBelow(path))) {
      const text = definition.path[path.length];
      const at = definition.names[path.length];
      if (text === undefined || !at || definition.computedNames.has(path.length) || names.has(text)) continue;
      names.set(text, {
        value: { kind: "string", text, at },
        spread: false,
        guards: definition.guards,
        at,
        definition,
      });
    }
    return [...names.values()];
  }

  /** What a module argument is that the host's `specialArgs` give, such as `username`; undefined when they do not say. */
  function specialArgument(value: Value): Value | undefined {
    if (value.kind !== "reference" || !value.root.isModuleArgument) return undefined;
    let given = options.specialArgs;
    for (const name of [value.root.name, ...value.path]) given = given && evaluator.select(given, name, value.at);
    return given && given.kind !== "unknown" && given.kind !== "reference" ? given : undefined;
  }

  /** A text with those of its parts filled in that can only be one thing, such as the name of the host. */
  function textOf(value: TextValue, depth: number): Value {
    const parts = value.parts.map((part) => {
      if (typeof part === "string") return part;
      const [only, ...others] = valuesOf(part, depth + 1);
      return only && others.length === 0 ? only : part;
    });
    return concatText(parts, value.at);
  }

  function valuesOf(value: Value, depth: number): readonly Value[] {
    if (depth > maximalDepth) return [value];
    if (value.kind === "merge") return value.contents.flatMap((content) => valuesOf(content, depth + 1));
    if (value.kind === "guarded") return holds(value.guards) === "no" ? [] : valuesOf(value.content, depth + 1);
    if (value.kind === "priority") return valuesOf(value.content, depth + 1);
    if (value.kind === "text") return [textOf(value, depth)];
    if (value.kind === "call" && calleeName(value) === "elementOf") {
      return itemsOf(value.arguments[0] ?? value, undefined, depth + 1).flatMap((item) =>
        valuesOf(item.value, depth + 1),
      );
    }
    const given = specialArgument(value);
    if (given) return valuesOf(given, depth + 1);
    const path = configPath(value);
    if (!path) return [value];
    const definitions = definitionsAt(path);
    const followed = definitions
      .filter(
        ({ path: own, priority }) =>
          !definitions.some((other) => other.priority < priority && isSamePath(other.path, own)),
      )
      .flatMap((definition) => valuesOf(definition.value, depth + 1));
    if (followed.length > 0) return followed;
    const fallback = index.declaration(path)?.default;
    return fallback ? valuesOf(fallback, depth + 1) : [value];
  }
}

function isSamePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function opposite(truth: Truth): Truth {
  return truth === "yes" ? "no" : truth === "no" ? "yes" : "maybe";
}

function sameScalar(left: readonly Value[], right: readonly Value[]): Truth {
  const [a] = left;
  const [b] = right;
  if (left.length !== 1 || right.length !== 1 || !a || !b) return "maybe";
  if (a.kind === "null" && b.kind === "null") return "yes";
  if (a.kind === "string" && b.kind === "string") return a.text === b.text ? "yes" : "no";
  if (a.kind === "boolean" && b.kind === "boolean") return a.value === b.value ? "yes" : "no";
  if (a.kind === "number" && b.kind === "number") return a.value === b.value ? "yes" : "no";
  const scalars = ["string", "boolean", "number", "null", "path"];
  return scalars.includes(a.kind) && scalars.includes(b.kind) && a.kind !== b.kind ? "no" : "maybe";
}
