import { styleText } from "node:util";
import { formatByteDifference, formatBytes } from "../../../core/src/closure/byteSizes.ts";
import { at } from "../../../core/src/closure/closureGraph.ts";
import { type ClosureBranch, closureTree } from "../../../core/src/closure/closureTree.ts";
import type { PackageDifference } from "../../../core/src/closure/compareClosures.ts";
import { describeFitRow } from "../../../core/src/closure/describeFitRow.ts";
import { describePlace } from "../../../core/src/closure/describePlace.ts";
import type { AddedBy } from "../../../core/src/closure/measurement.ts";
import type { PlaceShare } from "../../../core/src/closure/moduleShares.ts";
import { nameOfStorePath } from "../../../core/src/closure/storePathName.ts";
import { printable } from "../formats/printable.ts";
import { plural } from "../plural.ts";
import type { Terminal } from "../terminal.ts";
import { wrap } from "../wrap.ts";
import type { ClosureReport } from "./closureReport.ts";
import { describeFit, describeVersions, differenceTitle } from "./describeClosure.ts";

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

const verdictStyles = { ok: "green", tight: "yellow", blocked: "red" } as const;
const budgetStyles = { under: "green", near: "yellow", over: "red" } as const;

/** How many lines a list takes before the rest is summed up. */
const treePaths = 30;
const mostFiles = 8;
const mostPackages = 15;
const mostDuplicates = 6;

/** The report for people; sentences are wrapped to a terminal. */
export function formatClosureText(
  report: ClosureReport,
  { colours, columns }: Pick<Terminal, "colours" | "columns">,
): string {
  const paint: Paint = (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text);
  const answers = [whySection(report, paint), withoutSection(report, paint), differenceSection(report, paint)];
  const isAsked = answers.some((lines) => lines.length > 0);
  const overview = (): string[][] => [
    treeSection(report, paint),
    modulesSection(report, paint),
    duplicatesSection(report, paint),
    adviceSection(report, paint, columns),
  ];
  const sections = [
    heading(report, paint),
    // A screen full of something else below an answer takes it out of sight.
    ...(isAsked ? answers : overview()),
    budgetSection(report, paint),
    fitSection(report, paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function heading({ analysis }: ClosureReport, paint: Paint): string[] {
  const { measurement, totalBytes, pathCount } = analysis;
  const name = measurement.host === "" ? nameOfStorePath(measurement.root) : measurement.host;
  const size = `${formatBytes(totalBytes)} · ${plural(pathCount, "path")}`;
  return [`${paint("bold", printable(name))}  ${size}`, paint("dim", printable(measurement.root))];
}

function treeSection({ analysis }: ClosureReport, paint: Paint): string[] {
  const { measurement, graph, retainedBytes } = analysis;
  const lines: string[] = [];
  const show = (branch: ClosureBranch, indent: string, isLast: boolean | undefined): void => {
    const { node, branches, rest } = branch;
    const edge = isLast === undefined ? "" : isLast ? "└─ " : "├─ ";
    const retained = at(retainedBytes, node);
    const own = at(graph.ownBytes, node);
    const name = printable(nameOfStorePath(measurement.paths[node]?.path ?? ""));
    const hasRest = rest.paths > 0;
    const below = hasRest && branches.length === 0 ? `, ${plural(rest.paths, "path")} below` : "";
    const itself = own < retained ? paint("dim", ` (itself ${formatBytes(own)}${below})`) : "";
    const places = measurement.paths[node]?.addedBy ?? [];
    const by = places.length === 0 ? "" : `  ${paint("cyan", places.map(describePlace).map(printable).join(", "))}`;
    lines.push(`${size(retained)}  ${paint("dim", indent + edge)}${name}${itself}${by}`);
    if (branches.length === 0) return;
    const margin = isLast === undefined ? indent : indent + (isLast ? "   " : "│  ");
    branches.forEach((each, index) => {
      show(each, margin, index === branches.length - 1 && !hasRest);
    });
    if (hasRest) lines.push(paint("dim", `${size(rest.bytes)}  ${margin}└─ ${plural(rest.paths, "smaller path")}`));
  };
  show(closureTree(analysis, treePaths), "", undefined);
  return [paint("bold", "What vanishes with what"), ...lines];
}

function modulesSection({ modules, analysis }: ClosureReport, paint: Paint): string[] {
  const { measurement, retainedBytes } = analysis;
  const worth = modules.filter(({ places }) =>
    places.some(({ paths }) => paths.some((path) => at(retainedBytes, path) > 0)),
  );
  if (worth.length === 0) return [];
  const placeLine = ({ place, paths, freedBytes }: PlaceShare): string => {
    const name = place.package ?? paths.map((path) => nameOfStorePath(measurement.paths[path]?.path ?? "")).join(", ");
    const line = place.line === undefined ? "" : `:${place.line}`;
    const others = paths
      .flatMap((path) => measurement.paths[path]?.addedBy ?? [])
      .filter(({ file }) => file !== place.file);
    const also = others.length === 0 ? "" : ` also by ${[...new Set(others.map(describePlace))].join(", ")}`;
    const size = freedBytes === 0 && others.length > 0 ? "" : ` ${formatBytes(freedBytes)}`;
    return `            ${paint("dim", line.padStart(5))}  ${printable(name)} ${paint("dim", printable(size + also))}`;
  };
  const lines = worth
    .slice(0, mostFiles)
    .flatMap(({ file, freedBytes, places }) => [
      `${size(freedBytes)}  ${paint("cyan", printable(describePlace({ file })))}`,
      ...places.slice(0, mostFiles).map(placeLine),
      ...(places.length > mostFiles ? [paint("dim", `                   and ${places.length - mostFiles} more`)] : []),
    ]);
  const more = worth.length - mostFiles;
  return [
    paint("bold", "Who added it"),
    ...lines,
    ...(more > 0 ? [paint("dim", `            and ${plural(more, "more file")}`)] : []),
  ];
}

function duplicatesSection({ duplicates }: ClosureReport, paint: Paint): string[] {
  const worth = duplicates.filter(({ spareBytes }) => spareBytes >= 1e6);
  if (worth.length === 0) return [];
  return [
    paint("bold", "More than once"),
    ...worth
      .slice(0, mostDuplicates)
      .map(({ name, variants, spareBytes }) => `${size(spareBytes)}  ${printable(name)} ${describeVersions(variants)}`),
    ...(worth.length > mostDuplicates
      ? [paint("dim", `            and ${plural(worth.length - mostDuplicates, "more package")}`)]
      : []),
  ];
}

function adviceSection({ advice, analysis }: ClosureReport, paint: Paint, columns: number | undefined): string[] {
  if (advice.length === 0) return [];
  const margin = " ".repeat(12);
  const fitting = (text: string): string[] =>
    columns === undefined ? [text] : wrap(text, Math.max(30, columns - margin.length));
  const total = advice.reduce((sum, { savesBytes }) => sum + savesBytes, 0);
  const left = paint("dim", `  ${formatByteDifference(-total)}, to ${formatBytes(analysis.totalBytes - total)}`);
  return [
    `${paint("bold", "What could go")}${left}`,
    ...advice.flatMap(({ offender, paths, savesBytes }) => {
      const names = paths.slice(0, 4).map((node) => nameOfStorePath(analysis.measurement.paths[node]?.path ?? ""));
      const more = paths.length > names.length ? ` and ${paths.length - names.length} more` : "";
      const title = fitting(`${offender.title}: ${printable(names.join(", "))}${more}`);
      return [
        ...title.map((line, index) => `${index === 0 ? `${size(savesBytes)}  ` : margin}${line}`),
        ...fitting(`${offender.reason} ${offender.remedy}`).map((line) => paint("dim", `${margin}${line}`)),
        ...offender.options.map((option) => `${margin}${paint("green", option)}`),
      ];
    }),
  ];
}

function budgetSection({ budget, analysis }: ClosureReport, paint: Paint): string[] {
  if (!budget) return [];
  const { verdict, violations } = budget.result;
  const { maxClosure } = budget.budget;
  const limit = maxClosure === undefined ? "" : `: ${formatBytes(analysis.totalBytes)} of ${formatBytes(maxClosure)}`;
  const words = { under: "within its budget", near: "close to its budget", over: "over its budget" } as const;
  return [
    `${paint("bold", "Budget")}  ${paint(budgetStyles[verdict], words[verdict])}${limit}`,
    ...violations.slice(0, mostPackages).map(({ message }) => `  ${printable(message)}`),
    ...(violations.length > mostPackages ? [`  and ${violations.length - mostPackages} more`] : []),
  ];
}

function fitSection({ fit, fitSource }: ClosureReport, paint: Paint): string[] {
  if (!fit) return [];
  const source = fitSource === undefined ? "" : paint("dim", printable(` (the machine ${fitSource})`));
  return [
    `${paint("bold", "Does it fit?")}  ${paint(verdictStyles[fit.verdict], describeFit(fit))}${source}`,
    ...fit.rows.flatMap((row) => [
      `  ${describeFitRow(row).padStart(22)}  ${paint(verdictStyles[row.verdict], row.verdict.padEnd(7))}  ${printable(row.what)}`,
      ...(row.action === "nothing" ? [] : [`${" ".repeat(35)}${paint("dim", printable(row.action))}`]),
    ]),
  ];
}

function whySection({ analysis, why }: ClosureReport, paint: Paint): string[] {
  if (!why) return [];
  const { measurement } = analysis;
  const chain = why.path.map((node, depth) => {
    const path = measurement.paths[node];
    const by: readonly AddedBy[] = path?.addedBy ?? [];
    const places = by.length === 0 ? "" : `  ${paint("cyan", printable(by.map(describePlace).join(", ")))}`;
    return `  ${"   ".repeat(Math.max(0, depth - 1))}${depth === 0 ? "" : "└─ "}${printable(nameOfStorePath(path?.path ?? ""))}${places}`;
  });
  const others = why.others > 0 ? [paint("dim", `  ${plural(why.others, "other path")} of that name`)] : [];
  return [paint("bold", "Why it is there"), ...chain, ...others];
}

function withoutSection({ without, analysis }: ClosureReport, paint: Paint): string[] {
  if (!without) return [];
  const { totalBytes, freedBytes, pathCount, vanishes } = without.remainder;
  const { measurement, graph } = analysis;
  const gone = [...graph.order]
    .filter((node) => vanishes[node] === 1)
    .sort((a, b) => at(graph.ownBytes, b) - at(graph.ownBytes, a));
  const line = (node: number): string =>
    `${size(at(graph.ownBytes, node))}  - ${printable(nameOfStorePath(measurement.paths[node]?.path ?? ""))}`;
  const left = `${formatBytes(totalBytes)} · ${plural(pathCount, "path")}`;
  return [
    `${paint("bold", `Without ${printable(without.names.join(", "))}`)}  ${left} (${formatByteDifference(-freedBytes)})`,
    ...gone.slice(0, mostPackages).map(line),
    ...(gone.length > mostPackages
      ? [paint("dim", `            and ${plural(gone.length - mostPackages, "smaller path")}`)]
      : []),
  ];
}

function differenceSection({ difference }: ClosureReport, paint: Paint): string[] {
  if (!difference) return [];
  const { packages } = difference.difference;
  const marks = { added: "+", removed: "-", version: "↑", size: " " } as const;
  const line = (each: PackageDifference): string => {
    const versions =
      each.kind === "version"
        ? `${describeVersionList(each.versionsBefore)} → ${describeVersionList(each.versionsAfter)}`
        : describeVersionList(each.kind === "removed" ? each.versionsBefore : each.versionsAfter);
    return `${formatByteDifference(each.bytesAfter - each.bytesBefore).padStart(10)}  ${marks[each.kind]} ${printable(`${each.name} ${versions}`.trimEnd())}`;
  };
  return [
    `${paint("bold", printable(differenceTitle(difference.from, difference.difference)))}`,
    ...packages.slice(0, mostPackages).map(line),
    ...(packages.length > mostPackages
      ? [paint("dim", `            and ${plural(packages.length - mostPackages, "smaller change")}`)]
      : []),
  ];
}

function describeVersionList(versions: readonly string[]): string {
  return [...new Set(versions)].filter((version) => version !== "").join(", ");
}

function size(bytes: number): string {
  return formatBytes(bytes).padStart(10);
}
