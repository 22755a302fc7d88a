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
  const places = new Int32Array(size);
  order.forEach((node, place) => {
    places[node] = place;
  });
  const words = Math.min(Math.ceil(tracked.length / 32), Math.max(8, Math.floor(bytesAtOnce / 4 / size)));
  const rows = new Int32Array(size * words);
  const hasBits = new Uint8Array(size);
  for (let first = 0; first < tracked.length; first += words * 32) {
    if (first > 0) {
      rows.fill(0);
      hasBits.fill(0);
    }
    const sums = sumsOfBytes(weights, tracked.subarray(first, first + words * 32));
    // What comes later in the order reaches none of these nodes.
    for (let next = at(places, at(tracked, first)); next >= 0; next--) {
      const node = at(order, next);
      const row = node * words;
      for (let edge = at(references.starts, node); edge < at(references.starts, node + 1); edge++) {
        const target = at(references.targets, edge);
        if (hasBits[target] === 0) continue;
        hasBits[node] = 1;
        const from = target * words;
        for (let word = 0; word < words; word++) rows[row + word] = at(rows, row + word) | at(rows, from + word);
      }
      const slot = at(slots, node) - first;
      if (slot >= 0 && slot < words * 32) {
        const word = row + (slot >> 5);
        rows[word] = at(rows, word) | (1 << (slot & 31));
        hasBits[node] = 1;
      }
      if (hasBits[node] === 0) continue;
      let reached = 0;
      for (let word = 0; word < words; word++) {
        const bits = at(rows, row + word);
        if (bits === 0) continue;
        const table = word * 1024;
        reached +=
          at(sums, table + (bits & 255)) +
          at(sums, table + 256 + ((bits >>> 8) & 255)) +
          at(sums, table + 512 + ((bits >>> 16) & 255)) +
          at(sums, table + 768 + (bits >>> 24));
      }
      sizes[node] = at(sizes, node) + reached;
    }
  }
  // No row holds what is folded, not even its own.
  for (const node of order) if (slots[node] === -1) sizes[node] = at(sizes, node) + at(weights, node);
  return sizes;
}

/** For each eight of the nodes, the weights of every choice of them: 256 sums that are looked up by a byte of a row. */
function sumsOfBytes(weights: Float64Array, nodes: Int32Array): Float64Array {
  const sums = new Float64Array(Math.ceil(nodes.length / 32) * 1024);
  nodes.forEach((node, slot) => {
    const table = (slot >> 3) * 256;
    const bit = 1 << (slot & 7);
    const weight = at(weights, node);
    for (let choice = 0; choice < bit; choice++) sums[table + bit + choice] = at(sums, table + choice) + weight;
  });
  return sums;
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
