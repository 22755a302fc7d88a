import { formatBytes } from "../../../core/src/closure/byteSizes.ts";
import { closureMarkdown } from "../../../core/src/closure/closureMarkdown.ts";
import { describeFitRow } from "../../../core/src/closure/describeFitRow.ts";
import { describePlace } from "../../../core/src/closure/describePlace.ts";
import { nameOfStorePath } from "../../../core/src/closure/storePathName.ts";
import { markdownCode, markdownTable, markdownText } from "../../../core/src/markdown.ts";
import { printable } from "../formats/printable.ts";
import type { ClosureReport } from "./closureReport.ts";
import { describeFit, describeVersions } from "./describeClosure.ts";

const mostRows = 15;

/** The report for a pull request or an issue. */
export function formatClosureMarkdown(report: ClosureReport): string {
  const { analysis, without, difference } = report;
  const closure = closureMarkdown(analysis, {
    baseline: difference && { label: difference.from, measurement: difference.before.measurement },
    ticked: without?.paths ?? [],
    lead: [...budget(report), ...fit(report)],
  });
  const sections = [why, modules, duplicates, advice].flatMap((section) => section(report));
  return `${[closure.trimEnd(), ...sections].map(printable).join("\n\n")}\n`;
}

function budget({ budget, analysis }: ClosureReport): string[] {
  if (!budget) return [];
  const { verdict, violations } = budget.result;
  const { maxClosure } = budget.budget;
  const words = { under: "Within its budget", near: "Close to its budget", over: "**Over its budget**" } as const;
  const limit = maxClosure === undefined ? "" : `: ${formatBytes(analysis.totalBytes)} of ${formatBytes(maxClosure)}`;
  const lines = violations.slice(0, mostRows).map(({ message }) => `- ${markdownText(message)}`);
  return [`${words[verdict]}${limit}.`, ...(lines.length === 0 ? [] : [lines.join("\n")])];
}

function fit({ fit, fitSource }: ClosureReport): string[] {
  if (!fit) return [];
  const rows = fit.rows.map((row) => [describeFitRow(row), row.verdict, row.what, row.action]);
  return [
    `**Does it fit?** ${describeFit(fit)}${fitSource === undefined ? "" : markdownText(` (the machine ${fitSource})`)}.`,
    markdownTable(["needs", "verdict", "what", "what to do"], [1], rows),
  ];
}

function why({ why, analysis }: ClosureReport): string[] {
  if (!why) return [];
  const names = why.path.map((node) => nameOfStorePath(analysis.measurement.paths[node]?.path ?? ""));
  return ["### Why it is there", names.map((name, depth) => `${"  ".repeat(depth)}- ${markdownCode(name)}`).join("\n")];
}

function modules({ modules, analysis }: ClosureReport): string[] {
  const heavy = modules.filter(({ freedBytes }) => freedBytes > 0).slice(0, mostRows);
  if (heavy.length === 0) return [];
  const rows = heavy.map(({ file, freedBytes, places }) => [
    formatBytes(freedBytes),
    markdownCode(describePlace({ file })),
    places
      .slice(0, 6)
      .map(
        ({ place, paths }) => place.package ?? nameOfStorePath(analysis.measurement.paths[paths[0] ?? -1]?.path ?? ""),
      )
      .map(markdownCode)
      .join(", "),
  ]);
  return ["### Who added it", markdownTable(["alone", "module", "what"], [1], rows)];
}

function duplicates({ duplicates }: ClosureReport): string[] {
  const heavy = duplicates.filter(({ spareBytes }) => spareBytes >= 1e6).slice(0, mostRows);
  if (heavy.length === 0) return [];
  const rows = heavy.map((each) => [
    formatBytes(each.spareBytes),
    markdownCode(each.name),
    markdownText(describeVersions(each.variants)),
  ]);
  return ["### More than once", markdownTable(["spare", "package", "versions"], [1], rows)];
}

function advice({ advice }: ClosureReport): string[] {
  if (advice.length === 0) return [];
  const rows = advice.map(({ offender, savesBytes }) => [
    formatBytes(savesBytes),
    markdownText(`${offender.title}. ${offender.reason} ${offender.remedy}`),
    offender.options.map(markdownCode).join("<br>"),
  ]);
  return ["### What could go", markdownTable(["saves", "what", "options"], [1], rows)];
}
