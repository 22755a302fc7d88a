import type { ClosureAnalysis } from "./analyseClosure.ts";
import { at } from "./closureGraph.ts";
import { type Offender, offenders } from "./offenders.ts";
import { parseStorePath } from "./storePathName.ts";
import { withoutPaths } from "./withoutPaths.ts";

/** What could go, with what would go along. */
export interface Advice {
  readonly offender: Offender;
  /** Places of the paths that were recognized, heaviest by retained size first. */
  readonly paths: readonly number[];
  /** Bytes that vanish with these paths once those of all advice before it have: they add up. */
  readonly savesBytes: number;
}

/** Below this it is not worth a line. */
const worthBytes = 5e6;

/** What is known to be dispensable on a small server, the most rewarding first. */
export function closureAdvice({ measurement, graph, retainedBytes }: ClosureAnalysis): Advice[] {
  const found = new Map<Offender, number[]>();
  for (const node of graph.order) {
    if (node === graph.root) continue;
    const name = parseStorePath(measurement.paths[node]?.path ?? "");
    const offender = offenders.find((each) => each.matches(name, at(graph.ownBytes, node)));
    if (!offender) continue;
    const nodes = found.get(offender);
    if (nodes) nodes.push(node);
    else found.set(offender, [node]);
  }
  const alone = [...found].map(([offender, nodes]) => ({
    offender,
    paths: nodes.sort((a, b) => at(retainedBytes, b) - at(retainedBytes, a) || a - b),
    bytes: withoutPaths(graph, nodes).freedBytes,
  }));
  const removed = new Set<number>();
  let freed = 0;
  const advice: Advice[] = [];
  for (const { offender, paths } of alone.sort((a, b) => b.bytes - a.bytes)) {
    const { freedBytes } = withoutPaths(graph, [...removed, ...paths]);
    if (freedBytes - freed < worthBytes) continue;
    advice.push({ offender, paths, savesBytes: freedBytes - freed });
    for (const path of paths) removed.add(path);
    freed = freedBytes;
  }
  return advice;
}
