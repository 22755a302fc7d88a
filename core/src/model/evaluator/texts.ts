import { dirname, isAbsolute, join, normalize } from "node:path";
import type { AttributeName, StringPart } from "../../syntax/expression.ts";
import type { Place } from "../../syntax/place.ts";
import type { Evaluator } from "../evaluator.ts";
import { concatText } from "../operations.ts";
import type { Scope } from "../scope.ts";
import { placeOf, referencePath, type Value } from "../value.ts";

/** `./a/${b}` */
export function evaluatePath(
  evaluator: Evaluator,
  parts: readonly StringPart[],
  scope: Scope | undefined,
  at: Place,
): Value {
  const text = joinText(evaluator, parts, scope, at);
  if (text.kind === "string") return { kind: "path", path: absolutePath(text.text, at.file), at };
  if (text.kind !== "text") return text;
  const [head, ...rest] = text.parts;
  return typeof head === "string" ? { ...text, parts: [absolutePath(head, at.file, true), ...rest] } : text;
}

/** A string with its interpolations. */
export function joinText(
  evaluator: Evaluator,
  parts: readonly StringPart[],
  scope: Scope | undefined,
  at: Place,
): Value {
  const values = parts.map((part) =>
    typeof part === "string" ? part : selfAsPath(evaluator, evaluator.evaluate(part, scope, at.file)),
  );
  return concatText(values, at);
}

/** The name of an attribute; undefined when it is computed from what is not known. */
export function attributeText(
  evaluator: Evaluator,
  name: AttributeName,
  scope: Scope | undefined,
  file: string,
): string | undefined {
  const value = joinText(evaluator, name.parts, scope, placeOf(file, name));
  return value.kind === "string" ? value.text : undefined;
}

/** `self` and `inputs.self` as strings are the path of the flake. */
export function selfAsPath(evaluator: Evaluator, value: Value): Value {
  const name = referencePath(value)
    ?.join(".")
    .replace(/\.outPath$/, "");
  return name === "self" || name === "inputs.self" ? { kind: "path", path: evaluator.files.root, at: value.at } : value;
}

/** A path as Nix reads it in a file; those of a search path or a home are left as they are. */
export function absolutePath(text: string, file: string, keepTrailingSlash = false): string {
  if (text.startsWith("<") || text.startsWith("~")) return text;
  const path = normalize(isAbsolute(text) ? text : join(dirname(file), text));
  if (keepTrailingSlash) return text.endsWith("/") && !path.endsWith("/") ? `${path}/` : path;
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
