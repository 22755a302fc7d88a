import type { ApplyExpression, BinaryExpression, Expression, IfExpression, Range } from "../syntax/expression.ts";
import { findNode } from "../syntax/findNode.ts";
import type { Place } from "../syntax/place.ts";
import type { TextEdit } from "./finding.ts";

/**
 * Takes a condition away from where it stands: out of `a && condition`, or with the `mkIf`, `optionalAttrs` or `if` that asks for it
 * alone. Undefined when it stands anywhere else.
 */
export function unguardEdits(root: Expression, text: string, condition: Place): readonly TextEdit[] | undefined {
  const { file } = condition;
  const is = ({ start, end }: Range): boolean => start === condition.start && end === condition.end;
  const remove = (start: number, end: number): TextEdit => ({ file, start, end, newText: "" });

  const isAnd = (node: { kind: string }): node is BinaryExpression => {
    const { operator, left, right } = node as BinaryExpression;
    return node.kind === "binary" && operator === "&&" && (is(left) || is(right));
  };
  const and = findNode(root, isAnd, condition);
  if (and) return [is(and.left) ? remove(and.left.start, and.right.start) : remove(and.left.end, and.right.end)];

  const isCall = (node: { kind: string }): node is ApplyExpression & { readonly function: ApplyExpression } => {
    const { function: callee } = node as ApplyExpression;
    return node.kind === "apply" && callee.kind === "apply" && is(callee.argument) && isConditional(callee.function);
  };
  const call = findNode(root, isCall, condition);
  if (call) return [remove(call.function.function.start, call.argument.start)];

  const isChoice = (node: { kind: string }): node is IfExpression =>
    node.kind === "if" && is((node as IfExpression).condition);
  const choice = findNode(root, isChoice, condition);
  if (!choice) return undefined;
  const keyword = text.indexOf("if", choice.start);
  return [remove(keyword, choice.consequence.start), remove(choice.consequence.end, choice.alternative.end)];
}

function isConditional(callee: Expression): boolean {
  const name =
    callee.kind === "variable" ? callee.name : callee.kind === "select" ? callee.path.at(-1)?.parts[0] : undefined;
  return name === "mkIf" || name === "optionalAttrs";
}
