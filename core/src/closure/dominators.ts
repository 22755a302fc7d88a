import { at, type ClosureGraph } from "./closureGraph.ts";

/**
 * The immediate dominator of each node: the nearest path without which the root would not reach it. -1 for the root and for what
 * the root does not reach.
 *
 * References have no cycles, so one pass in topological order does: the dominator of a node is the lowest common ancestor, in the
 * tree built so far, of all that refer to it. Each node keeps a jump far up its own branch (Myers, "An applicative random-access
 * stack", 1983), which makes that O(e log n) on deep trees as well.
 */
export function dominators({ size, order, referrers }: ClosureGraph): Int32Array {
  const parent = new Int32Array(size).fill(-1);
  const depth = new Int32Array(size).fill(-1);
  const jump = new Int32Array(size);
  const [root] = order;
  if (root === undefined) return parent;
  depth[root] = 0;
  jump[root] = root;
  const commonAncestor = (a: number, b: number): number => {
    if (at(depth, a) > at(depth, b)) return commonAncestor(b, a);
    while (at(depth, b) > at(depth, a)) b = at(depth, at(jump, b)) >= at(depth, a) ? at(jump, b) : at(parent, b);
    while (a !== b) {
      const isFar = at(jump, a) !== at(jump, b);
      a = isFar ? at(jump, a) : at(parent, a);
      b = isFar ? at(jump, b) : at(parent, b);
    }
    return a;
  };
  for (let next = 1; next < order.length; next++) {
    const node = at(order, next);
    let dominator = -1;
    for (let edge = at(referrers.starts, node); edge < at(referrers.starts, node + 1); edge++) {
      const referrer = at(referrers.targets, edge);
      if (depth[referrer] === -1) continue;
      dominator = dominator === -1 ? referrer : commonAncestor(dominator, referrer);
    }
    parent[node] = dominator;
    depth[node] = at(depth, dominator) + 1;
    const near = at(jump, dominator);
    const far = at(jump, near);
    jump[node] = at(depth, dominator) - at(depth, near) === at(depth, near) - at(depth, far) ? far : dominator;
  }
  return parent;
}
