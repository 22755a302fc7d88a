import { createHash } from "node:crypto";
import type { Diagnostic } from "vscode-languageserver/node";
import type { ClientAbilities } from "./clientAbilities.ts";
import { findingDiagnostic } from "./findingDiagnostic.ts";
import type { ServedFlake } from "./servedFlake.ts";
import type { Workspaces } from "./workspaces.ts";

export interface FileReport {
  readonly diagnostics: readonly Diagnostic[];
  /** Equal for equal diagnostics. */
  readonly resultId: string;
}

export const emptyReport: FileReport = { diagnostics: [], resultId: resultIdOf([]) };

/** The diagnostics of files as they are now; kept until something changes. */
export interface FileReports {
  of(flake: ServedFlake, path: string): FileReport;
  /** Reports by path of all files of a flake that have findings. */
  all(flake: ServedFlake): ReadonlyMap<string, FileReport>;
}

export function createFileReports(workspaces: Workspaces, client: ClientAbilities): FileReports {
  const known = new WeakMap<ServedFlake, { revision: number; reports: Map<string, FileReport> }>();

  const of = (flake: ServedFlake, path: string): FileReport => {
    if (!workspaces.owns(flake, path)) return emptyReport;
    let current = known.get(flake);
    if (current?.revision !== flake.revision) {
      current = { revision: flake.revision, reports: new Map() };
      known.set(flake, current);
    }
    let report = current.reports.get(path);
    if (!report) {
      const findings = flake.project.findings(path);
      const diagnostics = findings.map((finding) => findingDiagnostic(finding, flake, workspaces.uriOf, client));
      report = diagnostics.length === 0 ? emptyReport : { diagnostics, resultId: resultIdOf(diagnostics) };
      current.reports.set(path, report);
    }
    return report;
  };

  return {
    of,
    all(flake) {
      const paths = new Set(flake.project.findings().map(({ file }) => file));
      const all = [...paths].map((path) => [path, of(flake, path)] as const);
      return new Map(all.filter(([, report]) => report !== emptyReport));
    },
  };
}

function resultIdOf(diagnostics: readonly Diagnostic[]): string {
  return createHash("sha256").update(JSON.stringify(diagnostics)).digest("base64url").slice(0, 16);
}
