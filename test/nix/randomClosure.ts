import { join } from "node:path";
import type { RegisteredPath } from "./temporaryStore.ts";

const digits = "0123456789abcdfghijklmnpqrsvwxyz";

/**
 * Paths that refer to each other as those of a system do: most to a few common ones, none to an earlier one, some to themselves.
 * The same seed gives the same paths; the first reaches all.
 */
export function randomClosure(storeDirectory: string, size: number, seed: number): RegisteredPath[] {
  const random = randomNumbers(seed);
  const names = Array.from({ length: size }, (_, node) => {
    const hash = Array.from({ length: 32 }, () => digits[Math.floor(random() * 32)]).join("");
    return join(storeDirectory, `${hash}-${node === 0 ? "nixos-system-test-24.05" : `package${node}-1.${node}`}`);
  });
  return names.map((path, node) => {
    const later = size - node - 1;
    const references = new Set<number>();
    // Every path is reached: it is one of the next few of an earlier one.
    if (later > 0 && node < size / 2) references.add(2 * node + 1).add(Math.min(size - 1, 2 * node + 2));
    for (let count = Math.floor(random() * 12); count > 0 && later > 0; count--)
      references.add(size - 1 - Math.floor(random() ** 4 * later));
    if (random() < 0.2) references.add(node);
    return {
      path,
      bytes: Math.round(10 ** (3 + random() * 5)),
      references: [...references].map((reference) => names[reference] as string),
    };
  });
}

/** Mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
