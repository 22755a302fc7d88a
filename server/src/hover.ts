import { type Hover, MarkupKind } from "vscode-languageserver/node";
import { explainRuleCommand } from "../../core/src/protocol.ts";
import type { Finding } from "../../core/src/rules/finding.ts";
import { rules } from "../../core/src/rules/registry.ts";
import { ruleDocumentationUrl } from "../../core/src/rules/ruleDocumentationUrl.ts";
import { createLineIndex } from "../../core/src/syntax/lineIndex.ts";
import { untilCancelled } from "./cancellation.ts";
import type { ClientAbilities } from "./clientAbilities.ts";
import { documentPath } from "./documentPath.ts";
import type { Session } from "./session.ts";

/** Shows, on the range of a finding, what its rule is about, which hosts it concerns and where to read on. */
export function registerHover({ connection, client, workspaces }: Session): void {
  connection.onHover(async ({ textDocument: { uri }, position }, token): Promise<Hover | undefined> => {
    const path = documentPath(uri);
    const flake = await untilCancelled(workspaces.flakeOf(path), token);
    const text = flake?.project.text(path);
    if (!flake || text === undefined) return undefined;
    const offset = createLineIndex(text).offset(position);
    const findings = flake.project.findings(path).filter(({ start, end }) => start <= offset && offset <= end);
    const [innermost] = findings.toSorted((a, b) => a.end - a.start - (b.end - b.start));
    if (!innermost) return undefined;
    const describe = client.markdownHover ? markdown : plainText;
    return {
      contents: {
        kind: client.markdownHover ? MarkupKind.Markdown : MarkupKind.PlainText,
        value: findings.map((finding) => describe(finding, client)).join(client.markdownHover ? "\n\n---\n\n" : "\n\n"),
      },
      range: flake.range(innermost),
    };
  });
}

function markdown(finding: Finding, client: ClientAbilities): string {
  const rule = ruleOf(finding);
  const page = client.explainCommand
    ? `command:${explainRuleCommand}?${encodeURIComponent(JSON.stringify([finding.rule]))}`
    : ruleDocumentationUrl(finding.rule);
  return [
    `**${escapeMarkdown(rule?.title ?? finding.rule)}** (${finding.severity})`,
    ...(client.hoverShowsDiagnostics ? [] : [escapeMarkdown(finding.message)]),
    ...(rule ? [rule.summary] : []),
    ...(finding.hosts.length > 0 ? [`Hosts: ${finding.hosts.map((host) => `\`${host}\``).join(", ")}`] : []),
    `[${finding.rule}](${page})`,
  ].join("\n\n");
}

function plainText(finding: Finding): string {
  const rule = ruleOf(finding);
  return [
    `${rule?.title ?? finding.rule} (${finding.severity})`,
    finding.message,
    ...(rule ? [rule.summary] : []),
    ...(finding.hosts.length > 0 ? [`Hosts: ${finding.hosts.join(", ")}`] : []),
    `${finding.rule}: ${ruleDocumentationUrl(finding.rule)}`,
  ].join("\n");
}

function ruleOf(finding: Finding) {
  return rules.find(({ id }) => id === finding.rule);
}

/** Option names and paths are full of characters that Markdown reads as markup. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~]/g, "\\$&");
}
