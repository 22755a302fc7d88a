import type { Evaluator } from "../model/evaluator.ts";
import { calleeName } from "../model/library.ts";
import type { Module } from "../model/module.ts";
import { attrsOf, toItems } from "../model/operations.ts";
import type { ListItem, Value } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import { type ImportContext, type ImportTarget, joinTargets, resolveImport, resolveImports } from "./resolveImport.ts";

/** A name under `nixosConfigurations` with what its modules list brings in. */
export interface HostSeed {
  readonly name: string;
  /** Where the name is written, or the expression that makes it. */
  readonly at: Place;
  readonly target: ImportTarget;
  /** The `specialArgs` its modules are called with, as far as they are written down. */
  readonly specialArgs?: Value | undefined;
}

/** The value of a flake's `outputs` applied to symbolic inputs; undefined when flake.nix does not say. */
export function flakeOutputs(flake: Value, evaluator: Evaluator): Value | undefined {
  const outputs = evaluator.select(flake, "outputs", flake.at);
  if (outputs?.kind !== "function") return outputs;
  const inputs: Value = {
    kind: "reference",
    root: { name: "inputs", binder: outputs.expression, isModuleArgument: false },
    path: [],
    fallback: undefined,
    at: outputs.at,
  };
  return evaluator.apply(outputs, () => inputs, outputs.at);
}

/** The top modules of `flake-parts.lib.mkFlake { … } module` and the like; empty for a plain flake. */
export function flakePartsModules(outputs: Value, context: ImportContext): readonly Module[] {
  if (outputs.kind !== "call") return [];
  const [given, module] = outputs.arguments;
  // Inputs that a function of the flake has changed leave the callee unknown; its first argument still holds them.
  const isMkFlake =
    calleeName(outputs) === "mkFlake" || attrsOf(given ?? outputs)?.entries.some(({ name }) => name === "inputs");
  if (!isMkFlake) return [];
  return module ? resolveImport({ value: module, spread: false }, context).modules : [];
}

/** Hosts of a plain `outputs` set. */
export function hostsOfOutputs(outputs: Value, evaluator: Evaluator, context: ImportContext): HostSeed[] {
  const configurations = evaluator.select(outputs, "nixosConfigurations", outputs.at);
  const hosts = configurations ? hostsOfSet(configurations, evaluator, context) : [];
  return hosts.length > 0 ? hosts : colmenaNodes(outputs, evaluator, context);
}

/** Nodes of a colmena hive: each is a module, and `defaults` is one more of all of them (colmena manual). */
function colmenaNodes(outputs: Value, evaluator: Evaluator, context: ImportContext): HostSeed[] {
  const hive = evaluator.select(outputs, "colmenaHive", outputs.at);
  const value =
    (hive?.kind === "call" ? hive.arguments[0] : undefined) ?? evaluator.select(outputs, "colmena", outputs.at);
  const set = value && attrsOf(value);
  const defaults = (set?.entries ?? []).filter((entry) => entry.name === "defaults").map((entry) => entry.value());
  return (set?.entries ?? [])
    .filter((entry) => entry.name !== "meta" && entry.name !== "defaults" && !entry.computedName)
    .map((entry) => ({
      name: entry.name,
      at: entry.at,
      target: joinTargets(
        [entry.value(), ...defaults].map((module) => resolveImport({ value: module, spread: false }, context)),
      ),
    }));
}

/** Hosts that flake-parts modules define under `flake.nixosConfigurations`. */
export function hostsOfModules(modules: readonly Module[], evaluator: Evaluator, context: ImportContext): HostSeed[] {
  return modules.flatMap((module) =>
    module.definitions.flatMap((definition) => {
      const [first, second, name] = definition.path;
      if (first !== "flake" || second !== "nixosConfigurations") return [];
      if (name === undefined) return hostsOfSet(definition.value, evaluator, context);
      return definition.path.length === 3 && !definition.computedNames.has(2)
        ? [hostSeed(name, definition.name, definition.value, evaluator, context)]
        : [];
    }),
  );
}

function hostsOfSet(value: Value, evaluator: Evaluator, context: ImportContext): HostSeed[] {
  const set = attrsOf(value);
  return (set?.entries ?? []).flatMap((entry) =>
    entry.computedName ? [] : [hostSeed(entry.name, entry.at, entry.value(), evaluator, context)],
  );
}

function hostSeed(name: string, at: Place, value: Value, evaluator: Evaluator, context: ImportContext): HostSeed {
  return { name, at, target: hostModules(value, evaluator, context), specialArgs: specialArgsOf(value, evaluator) };
}

/** The modules of one configuration: `nixosSystem { modules = […]; }`, or any function that is given such a set. */
function hostModules(value: Value, evaluator: Evaluator, context: ImportContext): ImportTarget {
  if (value.kind === "guarded" || value.kind === "priority") return hostModules(value.content, evaluator, context);
  if (value.kind === "operation" && value.operands[0]) return hostModules(value.operands[0], evaluator, context);
  if (value.kind !== "call") return { modules: [], external: [], complete: false };
  const items: ListItem[] = [];
  let found = false;
  for (const argument of value.arguments) {
    const set = attrsOf(argument);
    if (!set) continue;
    for (const name of ["modules", "extraModules"]) {
      const list = set.entries.some((entry) => entry.name === name) ? evaluator.select(set, name, set.at) : undefined;
      if (!list) continue;
      found = true;
      items.push(...toItems(list));
    }
  }
  const isNixosSystem = /nixosSystem$/i.test(calleeName(value) ?? "") || isEvalConfig(value);
  if (found && isNixosSystem) return resolveImports(items, context);
  const guess = resolveImport({ value, spread: false }, context);
  if (!found) return { ...guess, complete: false };
  const listed = resolveImports(items, context);
  return { modules: [...listed.modules, ...guess.modules], external: listed.external, complete: false };
}

function specialArgsOf(value: Value, evaluator: Evaluator): Value | undefined {
  if (value.kind === "guarded" || value.kind === "priority") return specialArgsOf(value.content, evaluator);
  if (value.kind === "operation" && value.operands[0]) return specialArgsOf(value.operands[0], evaluator);
  if (value.kind !== "call") return undefined;
  const sets = value.arguments.flatMap((argument) => attrsOf(argument) ?? []);
  const set = sets.find(({ entries }) => entries.some(({ name }) => name === "specialArgs"));
  return set && evaluator.select(set, "specialArgs", set.at);
}

/** `import "${nixpkgs}/nixos/lib/eval-config.nix" { modules = […]; }`, which is what `nixosSystem` calls. */
function isEvalConfig(value: Value): boolean {
  const file = value.kind === "call" && calleeName(value) === "import" ? value.arguments[0] : undefined;
  const last = file?.kind === "text" ? file.parts.at(-1) : file?.kind === "path" ? file.path : undefined;
  return typeof last === "string" && /\/nixos(?:\/lib\/eval-config\.nix)?>?$/.test(last);
}
