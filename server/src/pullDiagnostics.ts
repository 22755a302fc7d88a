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
  /** Result id by path of what the client holds. */
  const delivered = new Map<string, string>();
  let isWorkspacePulled = false;

  const fullOrUnchanged = (
    report: FileReport,
    previousResultId: string | undefined,
  ): FullDocumentDiagnosticReport | UnchangedDocumentDiagnosticReport => {
    const { resultId } = report;
    if (resultId === previousResultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
    return { kind: DocumentDiagnosticReportKind.Full, resultId, items: [...report.diagnostics] };
  };

  const reportOf = async (path: string): Promise<FileReport> => {
    const flake = await workspaces.flakeOf(path);
    return flake ? reports.of(flake, path) : emptyReport;
  };

  connection.languages.diagnostics.on(async ({ textDocument, previousResultId }, token) => {
    const path = documentPath(textDocument.uri);
    const report = await untilCancelled(reportOf(path), token);
    delivered.set(path, report.resultId);
    return fullOrUnchanged(report, previousResultId);
  });

  connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }, token, _workDone, partialResult) => {
    isWorkspacePulled = true;
    const previous = new Map(previousResultIds.map(({ uri, value }) => [documentPath(uri), { uri, value }]));
    const finished: WorkspaceDocumentDiagnosticReport[] = [];
    const add = (items: WorkspaceDocumentDiagnosticReport[]): void => {
      if (partialResult && items.length > 0) partialResult.report({ items });
      else finished.push(...items);
    };
    const item = (uri: string, path: string, report: FileReport): WorkspaceDocumentDiagnosticReport => {
      const version = documents.get(uri)?.version ?? null;
      // Of a document that it pulls by itself, vscode-languageclient ignores what a workspace report says.
      if (version === null) delivered.set(path, report.resultId);
      return { ...fullOrUnchanged(report, previous.get(path)?.value), uri, version };
    };
    for (const flake of await untilCancelled(workspaces.flakes(), token)) {
      const all = reports.all(flake);
      add([...all].map(([path, report]) => item(workspaces.uriOf(path), path, report)));
      for (const path of all.keys()) previous.delete(path);
    }
    // What the client holds of other files is over.
    const cleared = [...previous].filter(([, { value }]) => value !== emptyReport.resultId);
    add(cleared.map(([path, { uri }]) => item(uri, path, emptyReport)));
    return { items: finished };
  });

  if (!client.refreshDiagnostics) return;

  const isOutdated = async (): Promise<boolean> => {
    for (const [path, resultId] of delivered) if ((await reportOf(path)).resultId !== resultId) return true;
    if (!isWorkspacePulled) return false;
    return workspaces.served().some((flake) => {
      const paths = [...reports.all(flake).keys()];
      return paths.some((path) => !delivered.has(path) && !documents.get(workspaces.uriOf(path)));
    });
  };
  const refreshOutdated = debounce(refreshDelayMs, async () => {
    if (workspaces.isReading() || !(await isOutdated())) return;
    await connection.languages.diagnostics.refresh();
  });
  workspaces.onChange((change) => {
    // The client pulls a document that it edits by itself.
    if (change.kind === "edit") delivered.delete(documentPath(change.uri));
    refreshOutdated();
  });
  // A client that does not pull the workspace holds nothing of closed documents.
  documents.onDidClose(({ document }) => {
    if (!isWorkspacePulled) delivered.delete(documentPath(document.uri));
  });
}
