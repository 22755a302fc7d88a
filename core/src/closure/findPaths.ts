import type { ClosureAnalysis } from "./analyseClosure.ts";
import { at } from "./closureGraph.ts";
import { matchesGlob } from "./glob.ts";
import { nameOfStorePath, parseStorePath } from "./storePathName.ts";

/**
 * Places of the paths that a text means, heaviest by retained size first: a store path, a name (`clang-17.0.6`) or the name of a
 * package (`clang`), both with `*` and `?` where they are wanted. Empty when there are none.
 */
export function findPaths({ measurement, graph, retainedBytes }: ClosureAnalysis, text: string): number[] {
  const found = graph.order.filter((node) => {
    const path = measurement.paths[node]?.path ?? "";
    if (path === text || path.slice(path.lastIndexOf("/") + 1) === text) return true;
    return matchesGlob(text, nameOfStorePath(path)) || matchesGlob(text, parseStorePath(path).name);
  });
  return [...found].sort((a, b) => at(retainedBytes, b) - at(retainedBytes, a) || a - b);
}
