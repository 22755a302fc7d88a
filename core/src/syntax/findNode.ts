import type { Binding, Expression, Inherit, ListExpression, Range } from "./expression.ts";

export type Node = Expression | Binding | Inherit;

/** The first node of an expression, itself included, that a test accepts; outer nodes come before inner ones. */
export function findNode<Found extends Node>(
  root: Node,
  test: (node: Node) => node is Found,
  within?: Range,
): Found | undefined {
  if (within && (root.start > within.start || root.end < within.end)) return undefined;
  if (test(root)) return root;
  for (const inner of innerNodes(root)) {
    const found = findNode(inner, test, within);
    if (found) return found;
  }
  return undefined;
}

/** Whether an expression holds, at any depth, a node that a test accepts. */
export function someNode(root: Node, test: (node: Node) => boolean): boolean {
  return test(root) || innerNodes(root).some((inner) => someNode(inner, test));
}

/** The list literal that has an expression at exactly a range as one of its elements. */
export function listAround(root: Expression, element: Range): ListExpression | undefined {
  const isAround = (node: Node): node is ListExpression =>
    node.kind === "list" && node.elements.some(({ start, end }) => start === element.start && end === element.end);
  return findNode(root, isAround, element);
}

/** The nodes directly inside a node. */
export function innerNodes(node: Node): readonly Node[] {
  return Object.values(node).flatMap(nodesIn);
}

function nodesIn(value: unknown): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  if (typeof value !== "object" || value === null) return [];
  if ("kind" in value) return [value as Node];
  // Attribute names and formals are no nodes themselves but may hold some.
  return Object.values(value).flatMap(nodesIn);
}
