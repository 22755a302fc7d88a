import type { AttributeName, AttrsExpression, Binding, Inherit } from "../../syntax/expression.ts";
import type { Place } from "../../syntax/place.ts";
import { withoutSpareRoom } from "../../syntax/withoutSpareRoom.ts";
import type { Evaluator } from "../evaluator.ts";
import type { Scope } from "../scope.ts";
import { type AttrEntry, type AttrsValue, lazy, placeOf, unknown, type Value } from "../value.ts";
import { joinText } from "./texts.ts";

/** `{ … }` or `rec { … }`. */
export function evaluateAttrs(
  evaluator: Evaluator,
  expression: AttrsExpression,
  scope: Scope | undefined,
  at: Place,
): AttrsValue {
  const inner = expression.recursive ? bindingsScope(evaluator, expression.bindings, scope, at.file) : scope;
  const entries: AttrEntry[] = [];
  for (const binding of expression.bindings) {
    if (binding.kind === "inherit") entries.push(...inheritEntries(evaluator, binding, scope, inner, at.file));
    else entries.push(bindingEntry(evaluator, binding, 0, inner, at.file));
  }
  return { kind: "attrs", entries: withoutSpareRoom(entries), open: false, literal: expression, at };
}

/** The scope inside `let` or `rec`; names written in pieces (`a.b = 1; a.c = 2;`) become one set. */
export function bindingsScope(
  evaluator: Evaluator,
  bindings: readonly (Binding | Inherit)[],
  parent: Scope | undefined,
  file: string,
): Scope {
  const names = new Map<string, () => Value>();
  const scope: Scope = { kind: "bindings", names, parent };
  const pieces = new Map<string, AttrEntry[]>();
  for (const binding of bindings) {
    if (binding.kind === "inherit") {
      for (const attribute of binding.names) {
        const name = attribute.parts[0];
        if (typeof name === "string")
          names.set(name, inheritedValue(evaluator, binding, name, parent, scope, placeOf(file, attribute)));
      }
      continue;
    }
    const name = binding.path[0]?.parts[0];
    if (typeof name !== "string" || binding.path[0]?.parts.length !== 1) continue;
    const entry = bindingEntry(evaluator, binding, 0, scope, file);
    const earlier = pieces.get(name);
    if (earlier) earlier.push(entry);
    else pieces.set(name, [entry]);
  }
  for (const [name, entries] of pieces) {
    const [first] = entries;
    if (first && entries.length === 1) names.set(name, first.value);
    else if (first)
      names.set(
        name,
        lazy(first.at, () => combineEntries(entries, first.at)),
      );
  }
  return scope;
}

function bindingEntry(
  evaluator: Evaluator,
  binding: Binding,
  depthInPath: number,
  scope: Scope | undefined,
  file: string,
): AttrEntry {
  const name = binding.path[depthInPath] as AttributeName;
  const at = placeOf(file, name);
  const value =
    depthInPath + 1 < binding.path.length
      ? lazy(at, (): Value => {
          const entry = bindingEntry(evaluator, binding, depthInPath + 1, scope, file);
          return { kind: "attrs", entries: [entry], open: false, literal: undefined, at: placeOf(file, binding) };
        })
      : lazy(at, () => evaluator.evaluate(binding.value, scope, file));
  return { ...nameOf(evaluator, name, scope, file), value, guards: [], at, binding };
}

function nameOf(
  evaluator: Evaluator,
  name: AttributeName,
  scope: Scope | undefined,
  file: string,
): Pick<AttrEntry, "name" | "computedName"> {
  const value = joinText(evaluator, name.parts, scope, placeOf(file, name));
  if (value.kind === "string") return { name: value.text, computedName: undefined };
  return { name: evaluator.files.text(file).slice(name.start, name.end).replace(/^"|"$/g, ""), computedName: value };
}

function inheritEntries(
  evaluator: Evaluator,
  inherit: Inherit,
  outer: Scope | undefined,
  scope: Scope | undefined,
  file: string,
): AttrEntry[] {
  return inherit.names.flatMap((attribute) => {
    const name = attribute.parts.length === 1 ? attribute.parts[0] : undefined;
    if (typeof name !== "string") return [];
    const at = placeOf(file, attribute);
    return [
      {
        name,
        computedName: undefined,
        value: inheritedValue(evaluator, inherit, name, outer, scope, at),
        guards: [],
        at,
        binding: undefined,
      },
    ];
  });
}

function inheritedValue(
  evaluator: Evaluator,
  inherit: Inherit,
  name: string,
  outer: Scope | undefined,
  scope: Scope | undefined,
  at: Place,
): () => Value {
  const { from } = inherit;
  if (!from) return lazy(at, () => evaluator.variable(name, outer, at));
  return lazy(at, () => evaluator.select(evaluator.evaluate(from, scope, at.file), name, at) ?? unknown(at));
}

/** What is written under one name in several places. */
export function combineEntries(entries: readonly AttrEntry[], at: Place): Value {
  const values = entries.map((entry) =>
    entry.guards.length > 0
      ? ({ kind: "guarded", guards: entry.guards, content: entry.value(), at: entry.at } as const)
      : entry.value(),
  );
  const sets = values.map((value) => (value.kind === "attrs" ? value : undefined));
  if (sets.every((set) => set !== undefined)) {
    return {
      kind: "attrs",
      entries: sets.flatMap((set) => set.entries),
      open: sets.some((set) => set.open),
      literal: undefined,
      at,
    };
  }
  return { kind: "merge", contents: values, at };
}
