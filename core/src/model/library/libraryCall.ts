import type { Place } from "../../syntax/place.ts";
import type { Evaluator } from "../evaluator.ts";
import { type AttrEntry, type ListItem, type ReferenceValue, unknown, type Value } from "../value.ts";

export interface Call {
  readonly evaluator: Evaluator;
  readonly at: Place;
  /** The argument at an index, evaluated. */
  readonly argument: (index: number) => Value;
  readonly thunk: (index: number) => () => Value;
}

/** Functions by their names in `lib` or `builtins`. */
export type LibraryFunctions = Readonly<Record<string, LibraryFunction>>;

export interface LibraryFunction {
  readonly arity: number;
  readonly run: (call: Call) => Value;
}

export const define = (arity: number, run: (call: Call) => Value): LibraryFunction => ({ arity, run });

export const argumentAt = (index: number): LibraryFunction => define(index + 1, ({ argument }) => argument(index));

export function list(items: readonly ListItem[], at: Place): Value {
  return { kind: "list", items, at };
}

export function item(value: Value): ListItem {
  return { value, spread: false, guards: [], at: value.at };
}

export function entry(name: string, value: () => Value, at: Place, guards: AttrEntry["guards"] = []): AttrEntry {
  return { name, computedName: undefined, value, guards, at, binding: undefined };
}

export function attrs(entries: readonly AttrEntry[], open: boolean, at: Place): Value {
  return { kind: "attrs", entries, open, literal: undefined, at };
}

export function stringItem(text: string, at: Place): Value {
  return { kind: "string", text, at };
}

export function apply2(call: Call, callee: Value, first: Value, second: () => Value): Value {
  const { evaluator, at } = call;
  return evaluator.apply(
    evaluator.apply(callee, () => first, at),
    second,
    at,
  );
}

export function text(value: Value): string | undefined {
  return value.kind === "string" ? value.text : value.kind === "path" ? value.path : undefined;
}

export function onText(
  index: number,
  arity: number,
  run: (value: string, call: Call) => Value | undefined,
): LibraryFunction {
  return define(arity, (call) => {
    const known = text(call.argument(index));
    return (known === undefined ? undefined : run(known, call)) ?? unknown(call.at);
  });
}

export function unresolved(name: string, args: readonly Value[], at: Place): Value {
  const callee: ReferenceValue = {
    kind: "reference",
    root: { name: "builtins", binder: undefined, isModuleArgument: false },
    path: [name],
    fallback: undefined,
    at,
  };
  return { kind: "call", function: callee, arguments: args, at };
}
