import type { Guard, Value } from "../model/value.ts";

/** One condition that has to hold; `negated` when it has to be false. */
export interface Condition {
  readonly value: Value;
  readonly negated: boolean;
}

/** The single conditions behind guards: `a && b` taken apart, `!a` turned round. */
export function conditionsOf(guards: readonly Guard[]): readonly Condition[] {
  return guards.flatMap(({ condition, negated }) => split(condition, negated));
}

function split(value: Value, negated: boolean): Condition[] {
  if (value.kind === "operation") {
    const [left, right] = value.operands;
    if (value.operator === "!" && left) return split(left, !negated);
    if (value.operator === (negated ? "||" : "&&") && left && right)
      return [...split(left, negated), ...split(right, negated)];
  }
  return [{ value, negated }];
}
