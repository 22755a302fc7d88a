import type { Measurement } from "./measurement.ts";

/** Lists of numbers end to end: those of `node` are `targets[starts[node]]` up to before `targets[starts[node + 1]]`. */
export interface Adjacency {
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

/** Who refers to whom; nodes are the places of a measurement's paths. */
export interface ClosureGraph {
  readonly size: number;
  readonly root: number;
  /** Bytes of each path alone. */
  readonly ownBytes: Float64Array;
  readonly references: Adjacency;
  readonly referrers: Adjacency;
  /** What the root reaches, each node before all it refers to; what it does not reach is not in it. */
  readonly order: Int32Array;
}

/** Paths refer to each other in a circle, which no store of Nix has: it refuses to register them. */
export class ClosureHasCycle extends Error {
  override readonly name = "ClosureHasCycle";
}

/** Throws `ClosureHasCycle`. */
export function closureGraph({ paths, root }: Pick<Measurement, "paths" | "root">): ClosureGraph {
  const size = paths.length;
  const ownBytes = Float64Array.from(paths, ({ ownBytes }) => ownBytes);
  const starts = new Int32Array(size + 1);
  paths.forEach(({ references }, node) => {
    starts[node + 1] = at(starts, node) + references.length;
  });
  const targets = new Int32Array(at(starts, size));
  paths.forEach(({ references }, node) => {
    targets.set(references, at(starts, node));
  });
  const references = { starts, targets };
  const rootNode = paths.findIndex(({ path }) => path === root);
  const order = topologicalOrder(references, size, rootNode);
  if (order === undefined) throw new ClosureHasCycle(describeCycle(references, paths));
  return { size, root: rootNode, ownBytes, references, referrers: reversed(references, size), order };
}

/** The numbers that a node has in an adjacency; a view, not a copy. */
export function neighbours({ starts, targets }: Adjacency, node: number): Int32Array {
  return targets.subarray(starts[node], starts[node + 1]);
}

/** An element that is known to be there; typed arrays are indexed by nodes of the same graph. */
export function at(array: Int32Array | Float64Array, index: number): number {
  return array[index] as number;
}

/** Kahn's algorithm over what the root reaches; undefined when there is a cycle. */
function topologicalOrder(references: Adjacency, size: number, root: number): Int32Array | undefined {
  const { starts, targets } = references;
  const waitsFor = new Int32Array(size);
  const reached = new Uint8Array(size);
  const queue = new Int32Array(size);
  let count = 0;
  if (root !== -1) {
    queue[count++] = root;
    reached[root] = 1;
  }
  for (let next = 0; next < count; next++) {
    const node = at(queue, next);
    for (let edge = at(starts, node); edge < at(starts, node + 1); edge++) {
      const target = at(targets, edge);
      waitsFor[target] = at(waitsFor, target) + 1;
      if (reached[target] === 1) continue;
      reached[target] = 1;
      queue[count++] = target;
    }
  }
  const order = new Int32Array(count);
  let placed = 0;
  if (root !== -1 && waitsFor[root] === 0) order[placed++] = root;
  for (let next = 0; next < placed; next++) {
    const node = at(order, next);
    for (let edge = at(starts, node); edge < at(starts, node + 1); edge++) {
      const target = at(targets, edge);
      const left = at(waitsFor, target) - 1;
      waitsFor[target] = left;
      if (left === 0) order[placed++] = target;
    }
  }
  return placed === count ? order : undefined;
}

function reversed({ starts, targets }: Adjacency, size: number): Adjacency {
  const reversedStarts = new Int32Array(size + 1);
  for (const target of targets) reversedStarts[target + 1] = at(reversedStarts, target + 1) + 1;
  for (let node = 0; node < size; node++)
    reversedStarts[node + 1] = at(reversedStarts, node + 1) + at(reversedStarts, node);
  const next = reversedStarts.slice();
  const reversedTargets = new Int32Array(targets.length);
  for (let node = 0; node < size; node++) {
    for (let edge = at(starts, node); edge < at(starts, node + 1); edge++) {
      const target = at(targets, edge);
      const place = at(next, target);
      next[target] = place + 1;
      reversedTargets[place] = node;
    }
  }
  return { starts: reversedStarts, targets: reversedTargets };
}

/** Names one cycle; called only when there is one. */
function describeCycle(references: Adjacency, paths: Measurement["paths"]): string {
  const state = new Uint8Array(paths.length);
  for (let start = 0; start < paths.length; start++) {
    const trail = state[start] === 0 ? [{ node: start, edge: at(references.starts, start) }] : [];
    state[start] = trail.length > 0 ? 1 : 2;
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      if (top.edge === at(references.starts, top.node + 1)) {
        state[top.node] = 2;
        trail.pop();
        continue;
      }
      const target = at(references.targets, top.edge++);
      if (state[target] === 1) {
        const nodes = trail.slice(trail.findIndex(({ node }) => node === target)).map(({ node }) => node);
        const names = [...nodes, target].map((node) => paths[node]?.path ?? "");
        return `Paths refer to each other in a circle, which no Nix store has: ${names.join(" -> ")}`;
      }
      if (state[target] === 2) continue;
      state[target] = 1;
      trail.push({ node: target, edge: at(references.starts, target) });
    }
  }
  return "Paths refer to each other in a circle, which no Nix store has.";
}
