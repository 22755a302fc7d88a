import type { AttributeName } from "../../syntax/expression.ts";
import type { Place } from "../../syntax/place.ts";
import type { Evaluator } from "../evaluator.ts";
import { type CallValue, type ReferenceValue, referencePath, unknown, type Value } from "../value.ts";
import { combineEntries } from "./bindings.ts";

/** The attribute `name` of a value; undefined when the value certainly has none. */
export function select(evaluator: Evaluator, value: Value, name: string, at: Place): Value | undefined {
  switch (value.kind) {
    case "attrs": {
      const entries = value.entries.filter((entry) => entry.name === name);
      const [first] = entries;
      if (!first) return value.open || value.entries.some((entry) => entry.computedName) ? unknown(at) : undefined;
      return entries.length === 1 && first.guards.length === 0
        ? relocate(first.value(), at)
        : combineEntries(entries, first.at);
    }
    case "reference": {
      const path = [...value.path, name];
      return ofSelf(evaluator, [value.root.name, ...path], at) ?? { ...value, path, fallback: undefined, at };
    }
    case "guarded": {
      const content = select(evaluator, value.content, name, at);
      return content && { ...value, content, at: content.at };
    }
    case "priority":
      return select(evaluator, value.content, name, at);
    case "merge": {
      const contents = value.contents.flatMap((content) => select(evaluator, content, name, at) ?? []);
      return contents.length === 1 ? contents[0] : contents.length === 0 ? undefined : { kind: "merge", contents, at };
    }
    case "operation":
      if (value.operator === "//") {
        const [left, right] = value.operands;
        const found = right && right.kind === "attrs" ? select(evaluator, right, name, at) : undefined;
        return found ?? (left && select(evaluator, left, name, at)) ?? unknown(at);
      }
      return unknown(at);
    case "call":
      return isPackageSet(value) ? { ...packageSet(at), path: [name] } : unknown(at);
    default:
      return unknown(at);
  }
}

/** A scalar that comes through a variable stands where it is written; a reference stands where it is used. */
export function relocate(value: Value, at: Place): Value {
  return value.kind === "reference" || value.kind === "unknown" ? { ...value, at } : value;
}

/** `inputs.x.packages.${system}`: what stands for the platform does not matter. */
export function systemName(evaluator: Evaluator, value: Value, name: AttributeName, file: string): string | undefined {
  const isPerSystem = value.kind === "reference" && /^(?:legacyPackages|packages)$/.test(value.path.at(-1) ?? "");
  return isPerSystem ? evaluator.files.text(file).slice(name.start, name.end) : undefined;
}

/**
 * What `self.a.b` or `inputs.self.outputs.a.b` is in this flake; undefined when it is something else, or not known. Many flakes
 * hand `outputs` to their modules as a special argument of that name.
 */
function ofSelf(evaluator: Evaluator, path: readonly string[], at: Place): Value | undefined {
  const start =
    path[0] === "self" || path[0] === "outputs" ? 1 : path[0] === "inputs" && path[1] === "self" ? 2 : undefined;
  if (start === undefined) return undefined;
  const names = path.slice(path[start] === "outputs" ? start + 1 : start);
  if (names.length === 0) return undefined;
  if (names[0] === "inputs") {
    const root = { name: "inputs", binder: undefined, isModuleArgument: false };
    return { kind: "reference", root, path: names.slice(1), fallback: undefined, at };
  }
  let output = evaluator.files.selfOutputs();
  for (const name of names)
    output = output && output.kind !== "reference" ? select(evaluator, output, name, at) : undefined;
  return output && output.kind !== "unknown" ? output : undefined;
}

/** `import inputs.nixpkgs-unstable { … }`, or nixpkgs by another name. */
function isPackageSet(value: CallValue): boolean {
  const [from] = value.arguments;
  const isImport = referencePath(value.function)?.at(-1) === "import" && value.arguments.length > 1;
  const names = from?.kind === "path" ? [from.path] : ((from && referencePath(from)) ?? []);
  return isImport && names.some((name) => /pkgs|stable/i.test(name));
}

function packageSet(at: Place): ReferenceValue {
  return {
    kind: "reference",
    root: { name: "pkgs", binder: undefined, isModuleArgument: false },
    path: [],
    fallback: undefined,
    at,
  };
}
