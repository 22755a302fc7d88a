import { byRetainedSize } from "../../../core/src/closure/byRetainedSize.ts";
import { formatByteDifference, formatBytes } from "../../../core/src/closure/byteSizes.ts";
import { at } from "../../../core/src/closure/closureGraph.ts";
import { nameOfStorePath } from "../../../core/src/closure/storePathName.ts";
import { printable } from "../formats/printable.ts";
import { plural } from "../plural.ts";
import type { ClosureReport } from "./closureReport.ts";
import { describeFitRow, describePlace, describeVersions, differenceTitle, fitVerdicts } from "./describeClosure.ts";

const mostRows = 15;

/** The report for a pull request or an issue. */
export function formatClosureMarkdown(report: ClosureReport): string {
  const { analysis, added, duplicates, advice, budget, fit, why, without, difference } = report;
  const { measurement, graph, totalBytes, pathCount, retainedBytes } = analysis;
  const name = (node: number): string => nameOfStorePath(measurement.paths[node]?.path ?? "");
  const title = measurement.host === "" ? nameOfStorePath(measurement.root) : measurement.host;
  const lines = [`### ${code(title)}: ${formatBytes(totalBytes)} in ${plural(pathCount, "path")}`, ""];

  if (budget) {
    const words = { under: "Within", near: "Close to", over: "**Over**" } as const;
    const { maxClosure } = budget.budget;
    lines.push(
      `${words[budget.result.verdict]} budget${maxClosure === undefined ? "" : ` of ${formatBytes(maxClosure)}`}.`,
      "",
    );
    for (const { message } of budget.result.violations.slice(0, mostRows)) lines.push(`- ${escaped(message)}`);
    if (budget.result.violations.length > 0) lines.push("");
  }
  if (fit) {
    lines.push(`Does it fit? **${fitVerdicts[fit.verdict]}**.`, "");
    lines.push(
      ...table(
        ["", "needs", "verdict", "to do"],
        fit.rows.map((row) => [row.what, describeFitRow(row), row.verdict, row.action]),
      ),
    );
  }
  if (difference) {
    const rows = difference.difference.packages
      .slice(0, mostRows)
      .map((each) => [
        formatByteDifference(each.bytesAfter - each.bytesBefore),
        code(each.name),
        escaped(each.versionsBefore.join(", ")),
        escaped(each.versionsAfter.join(", ")),
      ]);
    lines.push(`#### ${escaped(differenceTitle(difference.from, difference.difference))}`, "");
    lines.push(...table(["change", "package", "before", "after"], rows));
  }
  if (without) {
    const { totalBytes: left, freedBytes } = without.remainder;
    lines.push(
      `Without ${without.names.map(code).join(", ")}: ${formatBytes(left)} (${formatByteDifference(-freedBytes)}).`,
      "",
    );
  }
  if (why)
    lines.push(
      "#### Why it is there",
      "",
      ...why.path.map((node, depth) => `${"  ".repeat(depth)}- ${code(name(node))}`),
      "",
    );

  const heaviest = byRetainedSize(analysis)
    .filter((node) => node !== graph.root)
    .slice(0, mostRows)
    .map((node) => [
      formatBytes(at(retainedBytes, node)),
      formatBytes(at(graph.ownBytes, node)),
      code(name(node)),
      (measurement.paths[node]?.addedBy ?? []).map((place) => code(describePlace(place))).join(", "),
    ]);
  lines.push("#### What vanishes with what", "", ...table(["retained", "itself", "path", "added by"], heaviest));

  const files = added.filter(({ bytes }) => bytes > 0).slice(0, mostRows);
  if (files.length > 0) {
    const rows = files.map(({ file, bytes, places }) => [
      formatBytes(bytes),
      code(describePlace({ file })),
      places
        .slice(0, 6)
        .map(({ place, path }) => code(place.package ?? name(path)))
        .join(", "),
    ]);
    lines.push("#### Who added it", "", ...table(["alone", "module", "what"], rows));
  }
  const twice = duplicates.filter(({ spareBytes }) => spareBytes >= 1e6).slice(0, mostRows);
  if (twice.length > 0) {
    const rows = twice.map((each) => [
      formatBytes(each.spareBytes),
      code(each.name),
      escaped(describeVersions(each.variants)),
    ]);
    lines.push("#### More than once", "", ...table(["spare", "package", "versions"], rows));
  }
  if (advice.length > 0) {
    const rows = advice.map(({ offender, savesBytes }) => [
      formatBytes(savesBytes),
      `${offender.title}. ${offender.reason} ${escaped(offender.remedy)}`,
      offender.options.map(code).join("<br>"),
    ]);
    lines.push("#### What could go", "", ...table(["up to", "what", "options"], rows));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""];
}

/** Text as it is, between backticks; names of store paths have none, names from a file may. */
function code(text: string): string {
  return `\`${printable(text)
    .replace(/[`\n\r]/g, "'")
    .replaceAll("|", "\\|")}\``;
}

/** Text as it is, wherever it stands. */
function escaped(text: string): string {
  return printable(text)
    .replace(/[\n\r]/g, " ")
    .replace(/[\\`*_{}[\]<>#|!&]/g, (character) => `\\${character}`);
}
