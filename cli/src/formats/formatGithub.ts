import { relative } from "node:path";
import type { Severity } from "../../../core/src/rules/finding.ts";
import type { Report } from "../check/report.ts";

const commands: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "notice",
  hint: "notice",
};

/**
 * Workflow commands that GitHub Actions shows as annotations of the changed files; `base` is the checkout.
 * Escapes as @actions/core does: line breaks and `%` in the message, also `:` and `,` in properties.
 */
export function formatGithub(report: Report, base: string): string {
  return report.findings
    .map((finding) => {
      const properties = {
        file: relative(base, finding.path),
        line: finding.line,
        // A column range is only understood within one line.
        ...(finding.line === finding.endLine ? { col: finding.column, endColumn: finding.endColumn } : {}),
        endLine: finding.endLine,
        title: finding.rule,
      };
      const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
      const hosts = finding.hosts.length > 0 ? ` (${finding.hosts.join(", ")})` : "";
      return `::${commands[finding.severity]} ${list.join(",")}::${escapeData(finding.message + hosts)}\n`;
    })
    .join("");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
