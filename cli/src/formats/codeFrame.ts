import type { ReportedFinding } from "../check/report.ts";
import { printable } from "./printable.ts";

const maximumColumns = 160;

/** The finding's first line with a marker below its range, as text lines: `  12 |  "/etc/ssh"` and `     |  ^^^^^^^^^^`. */
export function codeFrame(finding: ReportedFinding): readonly [source: string, marker: string] {
  const line = finding.lines[0] ?? "";
  const from = finding.column - 1;
  const to = finding.endLine === finding.line ? finding.endColumn - 1 : line.trimEnd().length;
  // Of a line too long for any terminal only the part around the finding is shown.
  const cut = line.length > maximumColumns ? Math.max(0, from - 40) : 0;
  const shown = printable(line.slice(cut, cut + maximumColumns));
  const pad = shown.slice(0, from - cut).replace(/[^\t]/g, " ");
  const marks = Math.max(1, Math.min(to - cut, shown.length) - (from - cut));
  const number = String(finding.line);
  return [`${number} | ${shown}`, `${" ".repeat(number.length)} | ${pad}${"^".repeat(marks)}`];
}
