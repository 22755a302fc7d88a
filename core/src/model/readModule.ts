import type { AttrsExpression, Binding, FunctionExpression } from "../syntax/expression.ts";
import type { Place } from "../syntax/place.ts";
import type { Evaluator } from "./evaluator.ts";
import { calleeName } from "./library.ts";
import type { Definition, Module, OptionDeclaration } from "./module.ts";
import { attrsOf, toItems } from "./operations.ts";
import type { AttrEntry, AttrsValue, Guard, ListItem, Value } from "./value.ts";

/** Keys of a module that are not options (lib/modules.nix, `unifyModuleSyntax`). */
const moduleKeys = new Set([
  "config",
  "options",
  "imports",
  "disabledModules",
  "freeformType",
  "meta",
  "_file",
  "_class",
  "key",
  "require",
]);

/** Function heads deeper than this are not modules; `inputs: { self }: { config, ... }: …` is the deepest that occurs. */
const maximalHeads = 3;

const maximalDepth = 40;

/** Reads the definitions, option declarations and imports of a module value. */
export function readModule(value: Value, isFile: boolean, evaluator: Evaluator): Module {
  const definitions: Definition[] = [];
  const options: OptionDeclaration[] = [];
  const imports: ListItem[] = [];
  const aliases: { from: readonly string[]; to: readonly string[] }[] = [];
  const heads: FunctionExpression[] = [];
  const body = moduleBody(value, heads, evaluator);
  const set = attrsOf(body);
  const module: Module & { importsValue: Value | undefined; importsBinding: Binding | undefined } = {
    file: value.at.file,
    at: value.at,
    isFile,
    definitions,
    options,
    imports,
    importsValue: undefined,
    importsBinding: undefined,
    heads,
    aliases,
    isModule: set !== undefined,
  };
  if (!set) return module;

  const isStructured = set.entries.some((entry) => entry.name === "config" || entry.name === "options");
  const walker: Walker = { evaluator, module, definitions };
  for (const entry of set.entries) {
    if (entry.name === "imports" || entry.name === "require") {
      module.importsValue = entry.value();
      module.importsBinding = entry.binding;
      imports.push(...toItems(module.importsValue, entry.guards));
    } else if (entry.name === "options" && isStructured) {
      declareOptions(entry.value(), [], module, options, 0);
    } else if (entry.name === "config" && isStructured) {
      walk(walker, entry.value(), [], rootPosition(entry));
    } else if (!isStructured && !moduleKeys.has(entry.name)) {
      walkEntry(walker, entry, [], { ...rootPosition(entry), container: set.literal });
    }
  }
  for (const item of imports) {
    if (calleeName(item.value) !== "mkAliasOptionModule" || item.value.kind !== "call") continue;
    const [from, to] = item.value.arguments.map(stringList);
    if (from && to) aliases.push({ from, to });
  }
  return module;
}

/** Enters the function heads of a module until its set and adds them to `heads`. */
function moduleBody(value: Value, heads: FunctionExpression[], evaluator: Evaluator): Value {
  let body = value;
  while (body.kind === "function" && heads.length < maximalHeads) {
    const { formals, parameter } = body.expression;
    // `final: prev: { … }` is an overlay and `pkgs: …` a package function; a module without formals names its one argument freely.
    const inner = body.expression.body;
    if (!formals && inner.kind === "function" && !inner.formals && parameter !== undefined) return body;
    heads.push(body.expression);
    body = evaluator.enterFunction(body, true);
  }
  return body;
}

interface Walker {
  readonly evaluator: Evaluator;
  readonly module: Module;
  readonly definitions: Definition[];
}

interface Position {
  readonly guards: readonly Guard[];
  readonly priority: number;
  readonly computedNames: ReadonlyMap<number, Value>;
  readonly names: readonly Place[];
  readonly binding: AttrEntry["binding"];
  readonly container: AttrsExpression | undefined;
  readonly depth: number;
}

function rootPosition(entry: AttrEntry): Position {
  return {
    guards: entry.guards,
    priority: 100,
    computedNames: new Map(),
    names: [],
    binding: entry.binding,
    container: undefined,
    depth: 0,
  };
}

function walkEntry(walker: Walker, entry: AttrEntry, parent: readonly string[], position: Position): void {
  const path = parent.concat(entry.name);
  const computedNames = entry.computedName
    ? new Map([...position.computedNames, [path.length - 1, entry.computedName]])
    : position.computedNames;
  const next = { ...position, computedNames, names: position.names.concat(entry.at), binding: entry.binding };
  const value = entry.value();
  if (isModuleSlot(path)) define(walker, value, path, next);
  else walk(walker, value, path, next);
}

function walk(walker: Walker, value: Value, path: readonly string[], position: Position): void {
  if (position.depth > maximalDepth) return;
  const deeper = { ...position, depth: position.depth + 1 };
  switch (value.kind) {
    case "guarded":
      walk(walker, value.content, path, { ...deeper, guards: [...position.guards, ...value.guards] });
      return;
    case "merge":
      for (const content of value.contents) walk(walker, content, path, deeper);
      return;
    case "priority":
      walk(walker, value.content, path, { ...deeper, priority: value.priority });
      return;
    case "function":
      // A submodule or another configuration: its `config` is its own.
      walk(walker, walker.evaluator.enterFunction(value, false), path, deeper);
      return;
    default: {
      const set = attrsOf(value);
      if (set) walkAttrs(walker, set, path, deeper);
      else define(walker, value, path, position);
    }
  }
}

function walkAttrs(walker: Walker, set: AttrsValue, path: readonly string[], position: Position): void {
  // Derivations and packages are values, not sets of options.
  if (set.entries.length === 0 || set.entries.some((entry) => entry.name === "_type" || entry.name === "outPath")) {
    define(walker, set, path, position);
    return;
  }
  for (const entry of set.entries) {
    // Names of one path (`a.b.c = …`) share a binding and the set around it.
    const container = set.literal ?? (entry.binding === position.binding ? position.container : undefined);
    const guards = position.guards.concat(entry.guards);
    const next = { ...position, guards, container };
    walkEntry(walker, entry, path, next);
  }
}

/** Options of flake-parts that hold whole modules or hosts; what is in them is not part of the module that defines them. */
const moduleSlots = [
  ["flake", "nixosModules", "*"],
  ["flake", "nixosConfigurations", "*"],
  ["flake", "darwinConfigurations", "*"],
  ["flake", "homeConfigurations", "*"],
  ["flake", "homeModules", "*"],
  ["flake", "modules", "*", "*"],
];

function isModuleSlot(path: readonly string[]): boolean {
  return moduleSlots.some(
    (slot) => slot.length === path.length && slot.every((name, index) => name === "*" || name === path[index]),
  );
}

function define(walker: Walker, value: Value, path: readonly string[], position: Position): void {
  const { guards, priority, computedNames, names, binding, container } = position;
  const name = names.at(-1);
  if (!name) return;
  walker.definitions.push({
    path,
    computedNames,
    value,
    guards,
    priority,
    name,
    names,
    binding,
    container,
    module: walker.module,
  });
}

function declareOptions(
  value: Value,
  path: readonly string[],
  module: Module,
  into: OptionDeclaration[],
  depth: number,
): void {
  const set = attrsOf(value);
  if (!set || depth > maximalDepth) {
    if (path.length > 0) into.push({ path, default: defaultOf(value), at: value.at, module });
    return;
  }
  for (const entry of set.entries) declareOptions(entry.value(), [...path, entry.name], module, into, depth + 1);
}

/** The default of `mkOption`, or of a helper of the flake's own named like `mkBoolOpt default` or `mkOpt type default`. */
function defaultOf(value: Value): Value | undefined {
  if (value.kind === "option") return value.default;
  if (value.kind === "guarded" || value.kind === "priority") return defaultOf(value.content);
  const name = calleeName(value);
  if (value.kind !== "call" || name === undefined || !/^mk\w*opt/i.test(name)) return undefined;
  return /bool|enable/i.test(name) ? value.arguments[0] : value.arguments[1];
}

function stringList(value: Value): string[] | undefined {
  const items = toItems(value);
  const names = items.flatMap((item) => (item.value.kind === "string" ? [item.value.text] : []));
  return names.length === items.length && names.length > 0 ? names : undefined;
}
