import type { BudgetResult } from "../../../core/src/closure/budget.ts";
import { formatByteDifference, formatBytes } from "../../../core/src/closure/byteSizes.ts";
import { describeFitRow } from "../../../core/src/closure/describeFitRow.ts";
import type { Fit, FitRow } from "../../../core/src/closure/fits.ts";
import { describeAge } from "../../../core/src/describeAge.ts";
import type { HostClosure } from "./hostClosure.ts";
import type { KnownTarget } from "./knownTarget.ts";

/** `$(warning) 2.6 GB · 972 paths · +120 MB since yesterday · over budget · fits 20 GB disk`; `now` in milliseconds. */
export function lensText(closure: HostClosure, now: number): string {
  const { entry, budget, fit, target } = closure;
  const parts = [
    formatBytes(entry.totalBytes),
    `${entry.pathCount} ${entry.pathCount === 1 ? "path" : "paths"}`,
    change(closure, now),
    budgetWords(budget),
    ...fitWords(fit, target),
  ].filter((part) => part !== undefined);
  return `${isBad(closure) ? "$(warning)\u00a0" : ""}${parts.join(" · ")}`;
}

/** The same for whoever points at it, with what does not fit on a line. */
export function lensTooltip({ entry, budget, fit, target }: HostClosure, now: number): string {
  const lines = [
    `Measured ${describeAge(Date.parse(entry.measuredAt), now)}: ${entry.root}`,
    ...(budget?.violations ?? []).slice(0, 5).map(({ message }) => message),
    ...(fit?.rows ?? []).map((row) => describeRow(row)),
    ...(fit && target ? [target.source] : []),
  ];
  return lines.join("\n");
}

/** One thing that the closure needs of its machine, in the words of a bootstrap's forecast. */
export function describeRow(row: FitRow): string {
  const { what, verdict, action } = row;
  return `${what}: ${describeFitRow(row)}, ${verdict}${action === "nothing" ? "" : `. ${action}`}`;
}

function isBad({ budget, fit }: HostClosure): boolean {
  return budget?.verdict === "over" || fit?.verdict === "blocked";
}

function change({ entry, previous }: HostClosure, now: number): string | undefined {
  if (!previous) return undefined;
  const age = describeAge(Date.parse(previous.measuredAt), now);
  const difference = formatByteDifference(entry.totalBytes - previous.totalBytes);
  return age === "just now" ? difference : `${difference} since ${age}`;
}

function budgetWords(budget: BudgetResult | undefined): string | undefined {
  switch (budget?.verdict) {
    case "over":
      return "over budget";
    case "near":
      return "near its budget";
    default:
      return undefined;
  }
}

const words = { ok: "fits", tight: "tight on", blocked: "does not fit" };

function fitWords(fit: Fit | undefined, target: KnownTarget | undefined): string[] {
  if (!fit || !target) return [];
  const worst = (of: FitRow["of"]): FitRow["verdict"] | undefined => {
    const verdicts = fit.rows.filter((row) => row.of === of).map(({ verdict }) => verdict);
    return (["blocked", "tight", "ok"] as const).find((verdict) => verdicts.includes(verdict));
  };
  const disk = worst("disk");
  const memory = worst("memory");
  return [
    ...(disk ? [`${words[disk]} ${target.disk}`] : []),
    // That memory suffices says nothing of a closure; that it does not, stops a bootstrap.
    ...(memory === "tight" ? [`tight in ${target.ram}`] : []),
    ...(memory === "blocked" ? [`${target.ram} cannot bootstrap it`] : []),
  ];
}
