import type { ClosureAnalysis } from "./analyseClosure.ts";
import { at } from "./closureGraph.ts";

/** A path with the heaviest of what is there for it alone. */
export interface ClosureBranch {
  readonly node: number;
  readonly branches: readonly ClosureBranch[];
  /** What is below as well and not among the branches. */
  readonly rest: { readonly paths: number; readonly bytes: number };
}

/**
 * The top of the dominator tree: as many paths as fit, those that retain most. Sizes add up: a path retains its own bytes, those of
 * its branches and of the rest.
 */
export function closureTree({ graph, dominators, retainedBytes }: ClosureAnalysis, mostPaths: number): ClosureBranch {
  const children = new Map<number, number[]>();
  const pathsBelow = new Int32Array(graph.size);
  for (let next = graph.order.length - 1; next >= 0; next--) {
    const node = at(graph.order, next);
    const parent = at(dominators, node);
    if (parent === -1) continue;
    pathsBelow[parent] = at(pathsBelow, parent) + at(pathsBelow, node) + 1;
    const siblings = children.get(parent);
    if (siblings) siblings.push(node);
    else children.set(parent, [node]);
  }
  const shown = new Set([graph.root]);
  const candidates = [...(children.get(graph.root) ?? [])];
  while (shown.size < mostPaths && candidates.length > 0) {
    let best = 0;
    candidates.forEach((node, place) => {
      const [bytes, other] = [at(retainedBytes, node), at(retainedBytes, candidates[best] as number)];
      if (bytes > other || (bytes === other && node < (candidates[best] as number))) best = place;
    });
    const [node] = candidates.splice(best, 1) as [number];
    shown.add(node);
    candidates.push(...(children.get(node) ?? []));
  }
  const branch = (node: number): ClosureBranch => {
    const below = children.get(node) ?? [];
    const branches = below
      .filter((child) => shown.has(child))
      .sort((a, b) => at(retainedBytes, b) - at(retainedBytes, a) || a - b);
    const rest = below.filter((child) => !shown.has(child));
    return {
      node,
      branches: branches.map(branch),
      rest: {
        paths: rest.reduce((sum, child) => sum + at(pathsBelow, child) + 1, 0),
        bytes: rest.reduce((sum, child) => sum + at(retainedBytes, child), 0),
      },
    };
  };
  return branch(graph.root);
}
