import type { ClosureAnalysis } from "./analyseClosure.ts";
import { at } from "./closureGraph.ts";
import { globExpression } from "./glob.ts";
import { nameOfStorePath, parseStorePath } from "./storePathName.ts";

/**
 * Places of the paths that a text means, heaviest by retained size first: a store path, a name (`clang-17.0.6`) or the name of a
 * package (`clang`), both with `*` and `?` where they are wanted. Empty when there are none.
 */
export function findPaths({ measurement, graph, retainedBytes }: ClosureAnalysis, text: string): number[] {
  const pattern = globExpression(text);
  const found = graph.order.filter((node) => {
    const path = measurement.paths[node]?.path ?? "";
    if (path === text || path.slice(path.lastIndexOf("/") + 1) === text) return true;
    return pattern.test(nameOfStorePath(path)) || pattern.test(parseStorePath(path).name);
  });
  return [...found].sort((a, b) => at(retainedBytes, b) - at(retainedBytes, a) || a - b);
}
