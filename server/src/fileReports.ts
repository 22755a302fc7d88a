import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Diagnostic } from "vscode-languageserver/node";
import type { ClientAbilities } from "./clientAbilities.ts";
import { findingDiagnostic } from "./findingDiagnostic.ts";
import type { ServedFlake } from "./servedFlake.ts";
import type { Workspaces } from "./workspaces.ts";

/** Longest time the server computes without looking at its input. */
const sliceMs = 20;

export interface FileReport {
  readonly diagnostics: readonly Diagnostic[];
  /** Equal for equal diagnostics. */
  readonly resultId: string;
}

export const emptyReport: FileReport = { diagnostics: [], resultId: resultIdOf([]) };

/** The diagnostics of files as they are now; kept until something changes. */
export interface FileReports {
  of(flake: ServedFlake, path: string): FileReport;
  /** Reports by path of all files of a flake that have findings. Lets other requests in between; the answer is of one state. */
  all(flake: ServedFlake): Promise<ReadonlyMap<string, FileReport>>;
}

export function createFileReports(workspaces: Workspaces, client: ClientAbilities): FileReports {
  const known = new WeakMap<ServedFlake, { revision: number; reports: Map<string, FileReport> }>();

  const of = (flake: ServedFlake, path: string): FileReport => {
    let current = known.get(flake);
    if (current?.revision !== flake.revision) {
      current = { revision: flake.revision, reports: new Map() };
      known.set(flake, current);
    }
    let report = current.reports.get(path);
    if (!report) {
      const findings = workspaces.owns(flake, path) ? flake.project.findings(path) : [];
      const diagnostics = findings.map((finding) => findingDiagnostic(finding, flake, workspaces.uriOf, client));
      report = diagnostics.length === 0 ? emptyReport : { diagnostics, resultId: resultIdOf(diagnostics) };
      current.reports.set(path, report);
    }
    return report;
  };

  return {
    of,
    async all(flake) {
      let turnStarted = performance.now();
      for (const path of flake.project.files()) {
        of(flake, path);
        if (performance.now() - turnStarted < sliceMs) continue;
        await nextTurn();
        turnStarted = performance.now();
      }
      const paths = new Set(flake.project.findings().map(({ file }) => file));
      return new Map(
        [...paths].map((path) => [path, of(flake, path)] as const).filter(([, report]) => report !== emptyReport),
      );
    },
  };
}

function resultIdOf(diagnostics: readonly Diagnostic[]): string {
  return createHash("sha256").update(JSON.stringify(diagnostics)).digest("base64url").slice(0, 16);
}
