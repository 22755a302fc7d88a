import type { ClosureAnalysis } from "./analyseClosure.ts";
import { at } from "./closureGraph.ts";
import { parseStorePath } from "./storePathName.ts";

/** All paths of a closure that are outputs of one version of a package. */
export interface ClosurePackage {
  readonly name: string;
  /** Empty when the name has none. */
  readonly version: string;
  readonly ownBytes: number;
  /** Places in the measurement. */
  readonly paths: readonly number[];
}

/** A package that is there in several versions, or in several builds of one. */
export interface DuplicatedPackage {
  readonly name: string;
  /** Heaviest first. */
  readonly variants: readonly ClosurePackage[];
  /** Bytes of all but the heaviest. */
  readonly spareBytes: number;
}

/** The packages of a closure by name and version, heaviest first. */
export function closurePackages({ measurement, graph }: ClosureAnalysis): ClosurePackage[] {
  const packages = new Map<string, { name: string; version: string; ownBytes: number; paths: number[] }>();
  for (const node of graph.order) {
    const { name, version } = parseStorePath(measurement.paths[node]?.path ?? "");
    const key = `${name} ${version}`;
    const known = packages.get(key) ?? { name, version, ownBytes: 0, paths: [] };
    known.ownBytes += at(graph.ownBytes, node);
    known.paths.push(node);
    packages.set(key, known);
  }
  return [...packages.values()].sort((a, b) => b.ownBytes - a.ownBytes || (a.name < b.name ? -1 : 1));
}

/** Packages that a closure has more than once, the most wasteful first. Paths without a version are parts of the system. */
export function duplicatedPackages(analysis: ClosureAnalysis): DuplicatedPackage[] {
  const byName = new Map<string, ClosurePackage[]>();
  for (const each of closurePackages(analysis).filter(({ version }) => version !== "")) {
    const variants = builds(each, analysis);
    byName.set(each.name, [...(byName.get(each.name) ?? []), ...variants]);
  }
  return [...byName]
    .filter(([, variants]) => variants.length > 1)
    .map(([name, variants]) => {
      const sorted = variants.toSorted((a, b) => b.ownBytes - a.ownBytes);
      return { name, variants: sorted, spareBytes: sorted.slice(1).reduce((sum, { ownBytes }) => sum + ownBytes, 0) };
    })
    .sort((a, b) => b.spareBytes - a.spareBytes || (a.name < b.name ? -1 : 1));
}

/** Outputs of one version stand once in a build: the second path of an output belongs to a second build. */
function builds(each: ClosurePackage, { measurement, graph }: ClosureAnalysis): ClosurePackage[] {
  const seen = new Map<string, number>();
  const paths: number[][] = [];
  for (const node of each.paths) {
    const { output } = parseStorePath(measurement.paths[node]?.path ?? "");
    const build = seen.get(output) ?? 0;
    seen.set(output, build + 1);
    paths[build] = [...(paths[build] ?? []), node];
  }
  return paths.map((nodes) => ({
    ...each,
    paths: nodes,
    ownBytes: nodes.reduce((sum, node) => sum + at(graph.ownBytes, node), 0),
  }));
}
