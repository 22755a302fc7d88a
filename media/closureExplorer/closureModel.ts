import { analyseClosure, type ClosureAnalysis } from "../../core/src/closure/analyseClosure.ts";
import { type Adjacency, at } from "../../core/src/closure/closureGraph.ts";
import { dominatedPaths } from "../../core/src/closure/dominatedPaths.ts";
import type { Baseline, ComparisonChoice, Notice } from "../../core/src/closure/explorerMessages.ts";
import type { Measurement } from "../../core/src/closure/measurement.ts";
import { type ClosurePackage, closurePackages } from "../../core/src/closure/packages.ts";
import { nameOfStorePath } from "../../core/src/closure/storePathName.ts";

export type SizeKind = "retained" | "own" | "closure";

/** A closure with what all views need of it; paths are named by their places in the measurement. */
export interface ClosureModel {
  readonly measurement: Measurement;
  readonly analysis: ClosureAnalysis;
  readonly notices: readonly Notice[];
  readonly choices: readonly ComparisonChoice[];
  readonly baseline: Baseline | undefined;
  /** Names of the paths, without directory and hash. */
  readonly names: readonly string[];
  /** What vanishes with each path. */
  readonly dominated: Adjacency;
  readonly packages: readonly ClosurePackage[];
  sizes(kind: SizeKind): Float64Array;
  /** The place of a store path; undefined when it is not part of the closure. */
  placeOf(path: string): number | undefined;
}

/** Throws `ClosureHasCycle`. */
export function createClosureModel(
  measurement: Measurement,
  notices: readonly Notice[],
  choices: readonly ComparisonChoice[],
  baseline: Baseline | undefined,
): ClosureModel {
  const analysis = analyseClosure(measurement);
  const reached = new Map<string, number>();
  for (const node of analysis.graph.order) reached.set(measurement.paths[node]?.path ?? "", node);
  let packages: readonly ClosurePackage[] | undefined;
  return {
    measurement,
    analysis,
    notices,
    choices,
    baseline,
    names: measurement.paths.map(({ path }) => nameOfStorePath(path)),
    dominated: dominatedPaths(analysis),
    get packages() {
      packages ??= closurePackages(analysis);
      return packages;
    },
    sizes: (kind) =>
      kind === "own" ? analysis.graph.ownBytes : kind === "closure" ? analysis.closureBytes : analysis.retainedBytes,
    placeOf: (path) => reached.get(path),
  };
}

/** The dominators of a path from the root down to it, itself included: with each of them it would vanish. */
export function dominatorsOf({ analysis }: ClosureModel, node: number): number[] {
  const chain: number[] = [];
  for (let each = node; each !== -1; each = at(analysis.dominators, each)) chain.push(each);
  return chain.reverse();
}
