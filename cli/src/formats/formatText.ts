import { relative } from "node:path";
import { styleText } from "node:util";
import type { Severity } from "../../../core/src/rules/finding.ts";
import type { Region, Report, ReportedFinding } from "../check/report.ts";
import { plural } from "../plural.ts";
import { codeFrame } from "./codeFrame.ts";
import { printable } from "./printable.ts";

type Style = Parameters<typeof styleText>[0];

export interface TextOptions {
  readonly colours: boolean;
  /** Paths below this directory are shown relative to it. */
  readonly directory: string;
}

const severityStyles: Readonly<Record<Severity, Style>> = {
  error: "red",
  warning: "yellow",
  info: "blue",
  hint: "dim",
};

/** The report for people: findings by file with their line of code, and a line that counts them. */
export function formatText(report: Report, { colours, directory }: TextOptions): string {
  const paint = (style: Style, text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const show = (path: string): string => {
    const short = relative(directory, path);
    return printable(short.startsWith("..") ? path : short);
  };
  const at = ({ path, line, column }: Region): string => `${show(path)}:${line}:${column}`;

  const block = (finding: ReportedFinding): string[] => {
    const [source, marker] = codeFrame(finding);
    const margin = "      ";
    return [
      [
        `  ${paint("dim", `${finding.line}:${finding.column}`)}`,
        paint(severityStyles[finding.severity], finding.severity),
        printable(finding.message),
        paint("dim", finding.rule),
      ].join("  "),
      `${margin}${source}`,
      `${margin}${paint(severityStyles[finding.severity], marker)}`,
      ...finding.related.map((place) => `${margin}${paint("dim", `${at(place)}  ${printable(place.message)}`)}`),
      ...(finding.hosts.length > 0 ? [`${margin}${paint("dim", `hosts: ${finding.hosts.join(", ")}`)}`] : []),
      ...(finding.fix ? [`${margin}${paint("dim", `fix: ${printable(finding.fix.title)} (--fix)`)}`] : []),
      "",
    ];
  };

  const lines: string[] = [];
  let file: string | undefined;
  for (const finding of report.findings) {
    if (finding.path !== file) lines.push(paint("underline", show(finding.path)));
    file = finding.path;
    lines.push(...block(finding));
  }
  return `${[...lines, paint("bold", summary(report))].join("\n")}\n`;
}

function summary({ findings, files }: Report): string {
  const checked = plural(files, "file");
  if (findings.length === 0) return `No findings in ${checked}.`;
  const number = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const kinds = [
    plural(number("error"), "error"),
    plural(number("warning"), "warning"),
    ...(number("info") > 0 ? [`${number("info")} info`] : []),
    ...(number("hint") > 0 ? [plural(number("hint"), "hint")] : []),
  ];
  const fixable = findings.filter(({ fix }) => fix).length;
  const fixes = fixable > 0 ? `; ${fixable} fixable with --fix` : "";
  return `${plural(findings.length, "finding")} (${kinds.join(", ")}) in ${checked}${fixes}.`;
}
