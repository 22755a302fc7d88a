import { byRetainedSize } from "../../../core/src/closure/byRetainedSize.ts";
import type { ClosureReport } from "./closureReport.ts";

/** The closure for programs: its paths by retained size, and what else was asked for. Sizes are bytes. */
export function formatClosureJson(report: ClosureReport): string {
  const { analysis, budget, fit, why, without, difference } = report;
  const { measurement, totalBytes, pathCount, graph, closureBytes, retainedBytes } = analysis;
  const pathOf = (node: number): string => measurement.paths[node]?.path ?? "";
  const value = {
    version: 1,
    root: measurement.root,
    totalBytes,
    pathCount,
    ...(budget && {
      budget: {
        ...budget.budget,
        verdict: budget.result.verdict,
        violations: budget.result.violations.map(({ path, ...rest }) => ({
          ...rest,
          ...(path === undefined ? {} : { path: pathOf(path) }),
        })),
      },
    }),
    ...(fit && { fit }),
    ...(why && { why: why.path.map(pathOf) }),
    ...(without && {
      without: {
        packages: without.names,
        totalBytes: without.remainder.totalBytes,
        freedBytes: without.remainder.freedBytes,
        pathCount: without.remainder.pathCount,
      },
    }),
    ...(difference && { difference: { from: difference.from, ...difference.difference } }),
  };
  const head = JSON.stringify(value, undefined, 2).replace(/\n\}$/, "");
  // A line a path: 3,000 of them can be read, compared and searched by line.
  const lines = byRetainedSize(analysis).map((node) => {
    const addedBy = measurement.paths[node]?.addedBy ?? [];
    return `    ${JSON.stringify({
      path: pathOf(node),
      ownBytes: graph.ownBytes[node],
      closureBytes: closureBytes[node],
      retainedBytes: retainedBytes[node],
      addedBy,
    })}`;
  });
  return `${head},\n  "paths": [\n${lines.join(",\n")}\n  ]\n}\n`;
}
