import type { ClosureAnalysis } from "./analyseClosure.ts";
import { type Adjacency, at } from "./closureGraph.ts";

/** The dominator tree from the root down: the next paths that vanish with each, the heaviest first. */
export function dominatedPaths({ dominators, retainedBytes, graph }: ClosureAnalysis): Adjacency {
  const starts = new Int32Array(graph.size + 1);
  for (const parent of dominators) if (parent !== -1) starts[parent + 1] = at(starts, parent + 1) + 1;
  for (let node = 0; node < graph.size; node++) starts[node + 1] = at(starts, node + 1) + at(starts, node);
  const next = starts.slice();
  const targets = new Int32Array(at(starts, graph.size));
  const heaviestFirst = graph.order.toSorted((a, b) => at(retainedBytes, b) - at(retainedBytes, a));
  for (const node of heaviestFirst) {
    const parent = at(dominators, node);
    if (parent === -1) continue;
    const place = at(next, parent);
    next[parent] = place + 1;
    targets[place] = node;
  }
  return { starts, targets };
}
