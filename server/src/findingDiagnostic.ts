import { type Diagnostic, DiagnosticSeverity } from "vscode-languageserver/node";
import type { Finding, Severity } from "../../core/src/rules/finding.ts";
import { ruleDocumentationUrl } from "../../core/src/rules/ruleDocumentationUrl.ts";
import type { ClientAbilities } from "./clientAbilities.ts";
import type { ServedFlake } from "./servedFlake.ts";

export const diagnosticSource = "nixos-vps";

const severityNumbers: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** What a diagnostic says in `data`, for clients that show or filter fixes without asking for code actions. */
export interface DiagnosticData {
  readonly rule: string;
  /** Titles of the quick fixes, the preferred one first. */
  readonly fixes: readonly string[];
}

export function findingDiagnostic(
  finding: Finding,
  flake: ServedFlake,
  uriOf: (path: string) => string,
  client: ClientAbilities,
): Diagnostic {
  const data: DiagnosticData = { rule: finding.rule, fixes: finding.fixes.map(({ title }) => title) };
  return {
    range: flake.range(finding),
    severity: severityNumbers[finding.severity],
    source: diagnosticSource,
    code: finding.rule,
    message: finding.message,
    ...(client.codeDescription && { codeDescription: { href: ruleDocumentationUrl(finding.rule) } }),
    ...(client.diagnosticData && { data }),
    ...(client.relatedInformation &&
      finding.related.length > 0 && {
        relatedInformation: finding.related.map((place) => ({
          location: { uri: uriOf(place.file), range: flake.range(place) },
          message: place.message,
        })),
      }),
  };
}
