import { at, type ClosureGraph } from "./closureGraph.ts";

/** Sets of reached nodes are kept for this many bytes at a time, so that 100,000 paths take no more memory than 10,000. */
const bytesAtOnce = 32_000_000;

/**
 * Bytes of all that each path reaches, itself included; 0 for what the root does not reach. A set of reached nodes is a row of
 * bits; rows are filled from the leaves up, for as many nodes at a time as fit.
 */
export function closureSizes(graph: ClosureGraph): Float64Array {
  const { size, order, references } = graph;
  const { weights, tracked } = foldSingleReferrers(graph);
  const sizes = new Float64Array(size);
  const slots = new Int32Array(size).fill(-1);
  tracked.forEach((node, slot) => {
    slots[node] = slot;
  });
  const words = Math.min(Math.ceil(tracked.length / 32), Math.max(8, Math.floor(bytesAtOnce / 4 / size)));
  const rows = new Int32Array(size * words);
  for (let first = 0; first < tracked.length; first += words * 32) {
    if (first > 0) rows.fill(0);
    for (let next = order.length - 1; next >= 0; next--) {
      const node = at(order, next);
      const row = node * words;
      for (let edge = at(references.starts, node); edge < at(references.starts, node + 1); edge++) {
        const from = at(references.targets, edge) * words;
        for (let word = 0; word < words; word++) rows[row + word] = at(rows, row + word) | at(rows, from + word);
      }
      const slot = at(slots, node) - first;
      if (slot >= 0 && slot < words * 32) {
        const word = row + (slot >> 5);
        rows[word] = at(rows, word) | (1 << (slot & 31));
      }
      let reached = 0;
      for (let word = 0; word < words; word++) {
        for (let bits = at(rows, row + word); bits !== 0; bits &= bits - 1) {
          const bit = 31 - Math.clz32(bits & -bits);
          reached += at(weights, tracked[first + word * 32 + bit] ?? 0);
        }
      }
      sizes[node] = at(sizes, node) + reached;
    }
  }
  // No row holds what is folded, not even its own.
  for (const node of order) if (slots[node] === -1) sizes[node] = at(sizes, node) + at(weights, node);
  return sizes;
}

/**
 * Who reaches a path that has one referrer also reaches that referrer, the path itself aside: its bytes are added to the
 * referrer's, and only the others need a bit.
 */
function foldSingleReferrers({ size, order, root, ownBytes, referrers }: ClosureGraph): {
  weights: Float64Array;
  tracked: Int32Array;
} {
  const isReached = new Uint8Array(size);
  for (const node of order) isReached[node] = 1;
  const weights = ownBytes.slice();
  const tracked: number[] = [];
  for (let next = order.length - 1; next >= 0; next--) {
    const node = at(order, next);
    let only = -1;
    let count = 0;
    for (let edge = at(referrers.starts, node); edge < at(referrers.starts, node + 1) && count < 2; edge++) {
      const referrer = at(referrers.targets, edge);
      if (isReached[referrer] === 0) continue;
      only = referrer;
      count++;
    }
    if (node === root || count !== 1) tracked.push(node);
    else weights[only] = at(weights, only) + at(weights, node);
  }
  return { weights, tracked: Int32Array.from(tracked) };
}
