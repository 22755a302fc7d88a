import { at, type ClosureGraph, closureGraph } from "./closureGraph.ts";
import { closureSizes } from "./closureSizes.ts";
import { dominators } from "./dominators.ts";
import type { Measurement } from "./measurement.ts";

/** What follows from a measurement; the arrays are indexed by the places of its paths. */
export interface ClosureAnalysis {
  readonly measurement: Measurement;
  readonly graph: ClosureGraph;
  /** Bytes of everything the root reaches. */
  readonly totalBytes: number;
  /** How many paths the root reaches, itself included. */
  readonly pathCount: number;
  /**
   * Bytes of all that a path reaches, itself included. They overlap: a list of them cannot be added
   * up. Computed when it is first asked for, which takes seconds for 100,000 paths.
   */
  readonly closureBytes: Float64Array;
  /** Bytes that vanish with a path: its own and those of what is reached through it alone. */
  readonly retainedBytes: Float64Array;
  /** The nearest path without which each would not be there, -1 for the root: retained sizes add up along this tree. */
  readonly dominators: Int32Array;
}

/** Throws `ClosureHasCycle`. */
export function analyseClosure(measurement: Measurement): ClosureAnalysis {
  const graph = closureGraph(measurement);
  const parents = dominators(graph);
  const retainedBytes = retainedSizes(graph, parents);
  let closureBytes: Float64Array | undefined;
  return {
    measurement,
    graph,
    totalBytes: graph.root === -1 ? 0 : at(retainedBytes, graph.root),
    pathCount: graph.order.length,
    get closureBytes() {
      closureBytes ??= closureSizes(graph);
      return closureBytes;
    },
    retainedBytes,
    dominators: parents,
  };
}

/** Own sizes summed up the dominator tree; 0 for what the root does not reach. */
function retainedSizes({ size, order, ownBytes }: ClosureGraph, parents: Int32Array): Float64Array {
  const retained = new Float64Array(size);
  for (let next = order.length - 1; next >= 0; next--) {
    const node = at(order, next);
    retained[node] = at(retained, node) + at(ownBytes, node);
    const parent = at(parents, node);
    if (parent !== -1) retained[parent] = at(retained, parent) + at(retained, node);
  }
  return retained;
}
