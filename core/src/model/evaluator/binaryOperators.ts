import type { Expression } from "../../syntax/expression.ts";
import type { Place } from "../../syntax/place.ts";
import type { Evaluator } from "../evaluator.ts";
import { concatText, mergeAttrs, toItems } from "../operations.ts";
import type { Scope } from "../scope.ts";
import { type ListValue, lazy, unknown, type Value } from "../value.ts";
import { absolutePath, selfAsPath } from "./texts.ts";

/** Longer lists come from functions that call themselves with what is not known and add to it each time. */
const maximalListLength = 4096;

export function evaluateBinary(
  evaluator: Evaluator,
  operator: string,
  left: Expression,
  right: Expression,
  scope: Scope | undefined,
  at: Place,
): Value {
  const { file } = at;
  if (operator === "|>") {
    // `//` stands for it in the tree and is right-associative; `|>` is left-associative (Nix manual, operators).
    if (right.kind === "binary" && right.operator === "|>") {
      const inner = lazy(at, () => evaluateBinary(evaluator, "|>", left, right.left, scope, at));
      return evaluator.apply(evaluator.evaluate(right.right, scope, file), inner, at);
    }
    return evaluator.apply(
      evaluator.evaluate(right, scope, file),
      lazy(at, () => evaluator.evaluate(left, scope, file)),
      at,
    );
  }
  if (operator === "<|")
    return evaluator.apply(
      evaluator.evaluate(left, scope, file),
      lazy(at, () => evaluator.evaluate(right, scope, file)),
      at,
    );
  const a = evaluator.evaluate(left, scope, file);
  if (a.kind === "boolean") {
    if (operator === "&&") return a.value ? evaluator.evaluate(right, scope, file) : a;
    if (operator === "||") return a.value ? a : evaluator.evaluate(right, scope, file);
    if (operator === "->")
      return a.value ? evaluator.evaluate(right, scope, file) : { kind: "boolean", value: true, at };
  }
  const b = evaluator.evaluate(right, scope, file);
  switch (operator) {
    case "++": {
      const items = [...toItems(a), ...toItems(b)];
      return items.length > maximalListLength ? unknown(at) : { kind: "list", items, at };
    }
    case "//":
      return mergeAttrs(a, b, at) ?? { kind: "operation", operator, operands: [a, b], at };
    case "+":
      return addValues(evaluator, a, b, at);
    case "==":
    case "!=": {
      const same = knownEqual(a, b);
      if (same !== undefined) return { kind: "boolean", value: (operator === "==") === same, at };
      break;
    }
    case "&&":
      if (b.kind === "boolean") return b.value ? a : b;
      break;
    case "||":
      if (b.kind === "boolean") return b.value ? b : a;
      break;
  }
  return { kind: "operation", operator, operands: [a, b], at };
}

function addValues(evaluator: Evaluator, a: Value, b: Value, at: Place): Value {
  if (a.kind === "number" && b.kind === "number") return { kind: "number", value: a.value + b.value, at };
  const base = selfAsPath(evaluator, a);
  if (base.kind === "path") {
    const sum = concatText([base, b], at);
    if (sum.kind === "string") return { kind: "path", path: absolutePath(sum.text, at.file), at };
    return sum;
  }
  return concatText([a, b], at);
}

function knownEqual(a: Value, b: Value): boolean | undefined {
  if (a.kind === "string" && b.kind === "string") return a.text === b.text;
  if (a.kind === "boolean" && b.kind === "boolean") return a.value === b.value;
  if (a.kind === "number" && b.kind === "number") return a.value === b.value;
  if (a.kind === "null" && b.kind === "null") return true;
  if (a.kind === "list" && b.kind === "list") return knownEmpty(a, b);
  const concrete = ["string", "boolean", "number", "null", "list", "attrs", "path"];
  if (a.kind !== b.kind && concrete.includes(a.kind) && concrete.includes(b.kind)) return false;
  return undefined;
}

/** Whether two lists are equal, when one of them is empty. */
function knownEmpty(a: ListValue, b: ListValue): boolean | undefined {
  if (a.items.length > 0 && b.items.length > 0) return undefined;
  const items = [...a.items, ...b.items];
  if (items.length === 0) return true;
  return items.some((item) => !item.spread && item.guards.length === 0) ? false : undefined;
}
