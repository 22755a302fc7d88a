import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Severity } from "../../../core/src/rules/finding.ts";
import { fingerprint } from "../check/fingerprint.ts";
import type { Region, Report, ReportedEdit, ReportedFinding } from "../check/report.ts";

/** A rule as SARIF describes it. */
export interface SarifRule {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly severity: Severity;
  /** Address of its documentation page. */
  readonly url: string;
  /** The documentation page itself, in Markdown; undefined when the installation lacks it. */
  readonly page: string | undefined;
}

export interface SarifOptions {
  readonly toolVersion: string;
  readonly rules: readonly SarifRule[];
  /** Absolute path of the checkout, which the paths in the log are relative to. */
  readonly base: string;
}

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  error: "error",
  warning: "warning",
  info: "note",
  hint: "note",
};

const baseId = "%SRCROOT%";

/** The report as a SARIF 2.1.0 log, for code scanning. */
export function formatSarif(report: Report, { toolVersion, rules, base }: SarifOptions): string {
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "nixos-vps", semanticVersion: toolVersion, rules: rules.map(reportingDescriptor) } },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { [baseId]: { uri: `${pathToFileURL(base).href}/` } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: report.ruleFailures.map(({ rule, path, error }) => ({
              level: "error",
              message: { text: `The rule ${rule} failed: ${error}` },
              locations: [{ physicalLocation: { artifactLocation: artifactLocation(path, base) } }],
            })),
          },
        ],
        results: report.findings.map((finding) => result(finding, rules, base)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function reportingDescriptor({ id, title, summary, severity, url, page }: SarifRule): object {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: summary },
    defaultConfiguration: { level: levels[severity] },
    helpUri: url,
    help: { text: summary, ...(page === undefined ? {} : { markdown: page }) },
    properties: { tags: ["nixos"] },
  };
}

function result(finding: ReportedFinding, rules: readonly SarifRule[], base: string): object {
  return {
    ruleId: finding.rule,
    ruleIndex: rules.findIndex(({ id }) => id === finding.rule),
    level: levels[finding.severity],
    message: { text: finding.message },
    locations: [{ physicalLocation: physicalLocation(finding, base) }],
    relatedLocations: finding.related.map((place, index) => ({
      id: index + 1,
      message: { text: place.message },
      physicalLocation: physicalLocation(place, base),
    })),
    partialFingerprints: { "findingText/v1": fingerprint(finding, relativePath(finding.path, base)) },
    ...(finding.fix === undefined ? {} : { fixes: [fix(finding.fix, base)] }),
    properties: { hosts: finding.hosts, severity: finding.severity },
  };
}

function fix({ title, edits }: NonNullable<ReportedFinding["fix"]>, base: string): object {
  const paths = [...new Set(edits.map(({ path }) => path))];
  return {
    description: { text: title },
    artifactChanges: paths.map((path) => ({
      artifactLocation: artifactLocation(path, base),
      replacements: edits.filter((edit) => edit.path === path).map(replacement),
    })),
  };
}

function replacement(edit: ReportedEdit): object {
  return { deletedRegion: region(edit), insertedContent: { text: edit.newText } };
}

function physicalLocation(place: Region, base: string): object {
  return { artifactLocation: artifactLocation(place.path, base), region: region(place) };
}

function region({ line, column, endLine, endColumn }: Region): object {
  return { startLine: line, startColumn: column, endLine, endColumn };
}

/** A relative reference below the base; what lies elsewhere keeps its absolute URI. */
function artifactLocation(path: string, base: string): object {
  const short = relativePath(path, base);
  if (short.startsWith("../")) return { uri: pathToFileURL(path).href };
  return { uri: short.split("/").map(encodeURIComponent).join("/"), uriBaseId: baseId };
}

function relativePath(path: string, base: string): string {
  return relative(base, path).split(sep).join("/");
}
