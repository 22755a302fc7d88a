import type { ClosureAnalysis } from "./analyseClosure.ts";
import { at } from "./closureGraph.ts";

/** Places of all paths of a closure, those that retain most first. */
export function byRetainedSize({ measurement, graph, retainedBytes }: ClosureAnalysis): number[] {
  const name = (node: number): string => measurement.paths[node]?.path ?? "";
  return [...graph.order].sort(
    (a, b) => at(retainedBytes, b) - at(retainedBytes, a) || (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0),
  );
}
