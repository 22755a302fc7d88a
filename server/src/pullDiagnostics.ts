import {
  DocumentDiagnosticReportKind,
  type FullDocumentDiagnosticReport,
  type UnchangedDocumentDiagnosticReport,
  type WorkspaceDocumentDiagnosticReport,
} from "vscode-languageserver/node";
import { untilCancelled } from "./cancellation.ts";
import { debounce } from "./debounce.ts";
import { documentPath } from "./documentPath.ts";
import { emptyReport, type FileReport, type FileReports } from "./fileReports.ts";
import type { Session } from "./session.ts";

const refreshDelayMs = 200;

/** Answers `textDocument/diagnostic` and `workspace/diagnostic`, and asks the client to pull again when what it holds is outdated. */
export function registerPullDiagnostics(
  { connection, client, documents, workspaces }: Session,
  reports: FileReports,
): void {
  /** Result id by URI of what the client holds. */
  const delivered = new Map<string, string>();
  let isWorkspacePulled = false;

  const fullOrUnchanged = (
    uri: string,
    report: FileReport,
    previousResultId: string | undefined,
  ): FullDocumentDiagnosticReport | UnchangedDocumentDiagnosticReport => {
    delivered.set(uri, report.resultId);
    const { resultId } = report;
    if (resultId === previousResultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
    return { kind: DocumentDiagnosticReportKind.Full, resultId, items: [...report.diagnostics] };
  };

  const reportOf = async (uri: string): Promise<FileReport> => {
    const flake = await workspaces.flakeOf(uri);
    return flake ? reports.of(flake, documentPath(uri)) : emptyReport;
  };

  connection.languages.diagnostics.on(async ({ textDocument: { uri }, previousResultId }, token) =>
    fullOrUnchanged(uri, await untilCancelled(reportOf(uri), token), previousResultId),
  );

  connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }, token, _workDone, partialResult) => {
    isWorkspacePulled = true;
    const previous = new Map(previousResultIds.map(({ uri, value }) => [documentPath(uri), { uri, value }]));
    const finished: WorkspaceDocumentDiagnosticReport[] = [];
    const add = (items: WorkspaceDocumentDiagnosticReport[]): void => {
      if (partialResult && items.length > 0) partialResult.report({ items });
      else finished.push(...items);
    };
    const item = (path: string, report: FileReport): WorkspaceDocumentDiagnosticReport => {
      const uri = workspaces.uriOf(path);
      const version = documents.get(uri)?.version ?? null;
      return { ...fullOrUnchanged(uri, report, previous.get(path)?.value), uri, version };
    };
    for (const flake of await untilCancelled(workspaces.flakes(), token)) {
      const all = await untilCancelled(reports.all(flake), token);
      add([...all].map(([path, report]) => item(path, report)));
      for (const path of all.keys()) previous.delete(path);
    }
    // What the client holds of other files is over.
    const cleared = [...previous].filter(([, { value }]) => value !== emptyReport.resultId);
    add(cleared.map(([path]) => item(path, emptyReport)));
    return { items: finished };
  });

  if (!client.refreshDiagnostics) return;

  const isOutdated = async (): Promise<boolean> => {
    for (const [uri, resultId] of delivered) if ((await reportOf(uri)).resultId !== resultId) return true;
    if (!isWorkspacePulled) return false;
    for (const flake of workspaces.served()) {
      for (const path of (await reports.all(flake)).keys()) {
        const uri = workspaces.uriOf(path);
        if (!delivered.has(uri) && !documents.get(uri)) return true;
      }
    }
    return false;
  };
  const refreshOutdated = debounce(refreshDelayMs, async () => {
    if (workspaces.isReading() || !(await isOutdated())) return;
    await connection.languages.diagnostics.refresh();
  });
  workspaces.onChange((change) => {
    // The client pulls a document that it edits by itself.
    if (change.kind === "edit") delivered.delete(change.uri);
    refreshOutdated();
  });
}
