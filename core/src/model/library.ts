import type { Place } from "../syntax/place.ts";
import type { Evaluator } from "./evaluator.ts";
import { fileFunctions } from "./library/fileFunctions.ts";
import { generalFunctions } from "./library/generalFunctions.ts";
import type { LibraryFunctions } from "./library/libraryCall.ts";
import { listFunctions } from "./library/listFunctions.ts";
import { moduleFunctions } from "./library/moduleFunctions.ts";
import { setFunctions } from "./library/setFunctions.ts";
import { textFunctions } from "./library/textFunctions.ts";
import { referencePath, unknown, type Value } from "./value.ts";

const functions: LibraryFunctions = {
  ...moduleFunctions,
  ...listFunctions,
  ...setFunctions,
  ...textFunctions,
  ...fileFunctions,
  ...generalFunctions,
};

/** Sets of functions below `lib` (lib/default.nix of nixpkgs); all of them are inherited by `lib` itself. */
const librarySections = new Set([
  "lib",
  "builtins",
  "attrsets",
  "lists",
  "strings",
  "modules",
  "options",
  "trivial",
  "debug",
  "asserts",
  "filesystem",
  "path",
  "fixedPoints",
  "customisation",
  "meta",
]);

/** Whether the names of a reference (`["lib", "lists", "map"]`) are those of a function that is known here. */
export function isLibraryFunction(path: readonly string[]): boolean {
  const name = path.at(-1) ?? "";
  if (!Object.hasOwn(functions, name)) return false;
  const section = path.at(-2);
  if (name === "callPackage") return section?.endsWith("pkgs") ?? false;
  return section === undefined ? globalFunctions.has(name) : librarySections.has(section);
}

/** Names that Nix puts into scope without `builtins.` (Nix manual, built-in constants and functions), and `withSystem` of flake-parts. */
const globalFunctions = new Set([
  "map",
  "toString",
  "import",
  "removeAttrs",
  "baseNameOf",
  "dirOf",
  "isNull",
  "withSystem",
]);

export function libraryArity(name: string): number {
  return functions[name]?.arity ?? 1;
}

/** Calls a function of `lib` or `builtins` with all its arguments; further ones are applied to its result. */
export function applyLibraryFunction(
  evaluator: Evaluator,
  name: string,
  args: readonly (() => Value)[],
  at: Place,
): Value {
  const known = functions[name];
  if (!known) return unknown(at);
  const thunk = (index: number): (() => Value) => args[index] ?? (() => unknown(at));
  const argument = (index: number): Value => thunk(index)();
  return known.run({ evaluator, at, argument, thunk });
}

/** The function that a call applies, as the last name of its path: `nixosSystem` of `inputs.nixpkgs.lib.nixosSystem { … }`. */
export function calleeName(value: Value): string | undefined {
  return value.kind === "call" ? referencePath(value.function)?.at(-1) : undefined;
}
