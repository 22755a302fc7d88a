import type { Report } from "../check/report.ts";

/** The report for programs; the fields are documented in docs/ci.md and only ever added to within one `version`. */
export function formatJson(report: Report): string {
  const findings = report.findings.map((finding) => ({
    rule: finding.rule,
    severity: finding.severity,
    file: finding.file,
    line: finding.line,
    column: finding.column,
    endLine: finding.endLine,
    endColumn: finding.endColumn,
    message: finding.message,
    hosts: finding.hosts,
    fixable: finding.fix !== undefined,
  }));
  const { root, files, durationMs } = report;
  return `${JSON.stringify({ version: 1, root, files, durationMs, findings }, undefined, 2)}\n`;
}
