import { at, type ClosureGraph } from "./closureGraph.ts";

/** What is left of a closure when paths are taken out of it. */
export interface Remainder {
  readonly totalBytes: number;
  readonly freedBytes: number;
  readonly pathCount: number;
  /** 1 for each path that vanishes: those taken out, and what is reached through them alone. */
  readonly vanishes: Uint8Array;
}

/** Walks the graph again without some paths; the root stays, also when it is named. */
export function withoutPaths(
  { size, root, order, ownBytes, references }: ClosureGraph,
  removed: Iterable<number>,
): Remainder {
  const state = new Uint8Array(size);
  for (const node of removed) state[node] = 2;
  const queue = new Int32Array(order.length);
  let count = 0;
  if (root !== -1) {
    state[root] = 1;
    queue[count++] = root;
  }
  let totalBytes = 0;
  for (let next = 0; next < count; next++) {
    const node = at(queue, next);
    totalBytes += at(ownBytes, node);
    for (let edge = at(references.starts, node); edge < at(references.starts, node + 1); edge++) {
      const target = at(references.targets, edge);
      if (state[target] !== 0) continue;
      state[target] = 1;
      queue[count++] = target;
    }
  }
  const vanishes = new Uint8Array(size);
  let freedBytes = 0;
  for (const node of order) {
    if (state[node] === 1) continue;
    vanishes[node] = 1;
    freedBytes += at(ownBytes, node);
  }
  return { totalBytes, freedBytes, pathCount: count, vanishes };
}
