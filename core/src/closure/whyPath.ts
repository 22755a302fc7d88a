import { at, type ClosureGraph } from "./closureGraph.ts";

/**
 * The shortest chain of references from the root to a path, both included; empty when the root does not reach it. Of several the
 * one whose paths stand first in the measurement.
 */
export function whyPath({ size, root, references }: ClosureGraph, target: number): number[] {
  if (root === -1) return [];
  const from = new Int32Array(size).fill(-1);
  const queue = [root];
  from[root] = root;
  for (let next = 0; next < queue.length && from[target] === -1; next++) {
    const node = queue[next] as number;
    const targets = references.targets.slice(references.starts[node], references.starts[node + 1]).sort();
    for (const each of targets) {
      if (from[each] !== -1) continue;
      from[each] = node;
      queue.push(each);
    }
  }
  if (from[target] === -1) return [];
  const path = [target];
  for (let node = target; node !== root; path.push(node)) node = at(from, node);
  return path.reverse();
}
