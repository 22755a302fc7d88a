import type { Rule } from "../../../core/src/rules/rule.ts";
import { ruleDocumentationUrl } from "../../../core/src/rules/ruleDocumentationUrl.ts";
import type { Format } from "../check/checkOptions.ts";
import { checkoutOf } from "../check/commonDirectory.ts";
import type { Report } from "../check/report.ts";
import { documentationPage } from "../documentation.ts";
import type { Terminal } from "../terminal.ts";
import { version } from "../version.ts";
import { formatGithub } from "./formatGithub.ts";
import { formatJson } from "./formatJson.ts";
import { formatSarif } from "./formatSarif.ts";
import { formatText } from "./formatText.ts";
import { formatUnix } from "./formatUnix.ts";

/** The report in the chosen format. */
export async function formatReport(
  report: Report,
  format: Format,
  rules: readonly Rule[],
  terminal: Pick<Terminal, "colours" | "directory" | "env" | "bundleDirectory">,
): Promise<string> {
  const { bundleDirectory, env } = terminal;
  switch (format) {
    case "text":
      return formatText(report, terminal);
    case "json":
      return formatJson(report);
    case "unix":
      return formatUnix(report, terminal.directory);
    case "github":
      return formatGithub(report, await checkoutOf(report.root, env["GITHUB_WORKSPACE"]));
    case "sarif":
      return formatSarif(report, {
        toolVersion: await version(bundleDirectory),
        base: await checkoutOf(report.root, env["GITHUB_WORKSPACE"]),
        rules: await Promise.all(
          rules.map(async ({ id, title, summary, severity }) => ({
            id,
            title,
            summary,
            severity,
            url: ruleDocumentationUrl(id),
            page: await documentationPage(id, bundleDirectory),
          })),
        ),
      });
  }
}
