import type { Evaluator } from "../model/evaluator.ts";
import type { Module } from "../model/module.ts";
import { attrsOf } from "../model/operations.ts";
import type { Value } from "../model/value.ts";
import { type ImportContext, resolveImport } from "./resolveImport.ts";

/** Options of flake-parts that hold modules of NixOS by name. */
const slots = ["flake.nixosModules", "flake.modules.nixos", "flake.modules.generic"];

/** The modules that a flake offers by name, as outputs or through flake-parts modules, for hosts here or in other flakes. */
export function exportedModules(
  outputs: Value,
  partsModules: readonly Module[],
  evaluator: Evaluator,
  context: ImportContext,
): readonly Module[] {
  const offered = evaluator.select(outputs, "nixosModules", outputs.at);
  const plain = (offered && attrsOf(offered)?.entries.map((entry) => entry.value())) ?? [];
  const inSlots = partsModules.flatMap(({ definitions }) =>
    definitions.filter(({ path }) => slots.includes(path.slice(0, -1).join("."))).map(({ value }) => value),
  );
  return [...plain, ...inSlots].flatMap((value) => resolveImport({ value, spread: false }, context).modules);
}
