import { type Advice, closureAdvice } from "../../../core/src/closure/advice.ts";
import type { ClosureAnalysis } from "../../../core/src/closure/analyseClosure.ts";
import type { Budget, BudgetResult } from "../../../core/src/closure/budget.ts";
import { checkBudget } from "../../../core/src/closure/budget.ts";
import { type ClosureDifference, compareClosures } from "../../../core/src/closure/compareClosures.ts";
import { findPaths } from "../../../core/src/closure/findPaths.ts";
import { closureFit, type Fit } from "../../../core/src/closure/fits.ts";
import { type ModuleShare, moduleShares } from "../../../core/src/closure/moduleShares.ts";
import { type DuplicatedPackage, duplicatedPackages } from "../../../core/src/closure/packages.ts";
import { nameOfStorePath, parseStorePath } from "../../../core/src/closure/storePathName.ts";
import { whyPath } from "../../../core/src/closure/whyPath.ts";
import { type Remainder, withoutPaths } from "../../../core/src/closure/withoutPaths.ts";
import { CannotRun } from "../cannotRun.ts";
import { suggestion } from "../suggestion.ts";
import type { ReadTarget } from "./readTarget.ts";

/** Everything that is said of a closure, whatever the format. */
export interface ClosureReport {
  readonly analysis: ClosureAnalysis;
  readonly modules: readonly ModuleShare[];
  readonly duplicates: readonly DuplicatedPackage[];
  readonly advice: readonly Advice[];
  readonly budget: { readonly budget: Budget; readonly result: BudgetResult } | undefined;
  readonly fit: Fit | undefined;
  /** Where the size of the machine is known from; undefined when the options say it. */
  readonly fitSource: string | undefined;
  /** Places from the system to the path that was asked for. */
  readonly why: { readonly path: readonly number[]; readonly others: number } | undefined;
  readonly without:
    | { readonly names: readonly string[]; readonly paths: readonly number[]; readonly remainder: Remainder }
    | undefined;
  readonly difference:
    | { readonly from: string; readonly before: ClosureAnalysis; readonly difference: ClosureDifference }
    | undefined;
}

export interface ReportQuestions {
  readonly budget: Budget | undefined;
  readonly target: ReadTarget;
  readonly why: string | undefined;
  readonly without: readonly string[];
  readonly before: { readonly from: string; readonly analysis: ClosureAnalysis } | undefined;
}

/** Throws `CannotRun` when a path or package that is asked for is not in the closure. */
export function closureReport(
  analysis: ClosureAnalysis,
  { budget, target, why, without, before }: ReportQuestions,
): ClosureReport {
  return {
    analysis,
    modules: moduleShares(analysis),
    duplicates: duplicatedPackages(analysis),
    advice: closureAdvice(analysis),
    budget: budget && { budget, result: checkBudget(analysis, budget) },
    fit: closureFit(analysis.totalBytes, target.size),
    fitSource: target.source,
    why: why === undefined ? undefined : reasonFor(analysis, why),
    without: without.length === 0 ? undefined : remainderWithout(analysis, without),
    difference: before && {
      from: before.from,
      before: before.analysis,
      difference: compareClosures(before.analysis, analysis),
    },
  };
}

/** Whether the system may be so large; what is tight fits. */
export function isWithinLimits({ budget, fit }: ClosureReport): boolean {
  const isTooLarge = fit?.rows.some(({ of, verdict }) => of === "disk" && verdict === "blocked") ?? false;
  return budget?.result.verdict !== "over" && !isTooLarge;
}

function remainderWithout(analysis: ClosureAnalysis, names: readonly string[]): ClosureReport["without"] {
  const paths = names.flatMap((name) => found(analysis, name));
  return { names, paths, remainder: withoutPaths(analysis.graph, paths) };
}

function reasonFor(analysis: ClosureAnalysis, text: string): ClosureReport["why"] {
  const [first, ...others] = found(analysis, text);
  return { path: first === undefined ? [] : whyPath(analysis.graph, first), others: others.length };
}

function found(analysis: ClosureAnalysis, text: string): number[] {
  const places = findPaths(analysis, text);
  if (places.length > 0) return places;
  const part = text.includes("*") ? [] : findPaths(analysis, `*${text}*`);
  const pathOf = (node: number): string => analysis.measurement.paths[node]?.path ?? "";
  const [heaviest] = part;
  if (heaviest !== undefined) {
    const more = part.length > 1 ? ` and ${part.length - 1} more` : "";
    throw new CannotRun(
      `nothing in the closure is called "${text}"; "*${text}*" would match ${nameOfStorePath(pathOf(heaviest))}${more}`,
    );
  }
  const paths = analysis.measurement.paths.map(({ path }) => path);
  const names = paths.flatMap((path) => [parseStorePath(path).name, nameOfStorePath(path)]);
  throw new CannotRun(`nothing in the closure is called "${text}"${suggestion(text, [...new Set(names)])}`);
}
