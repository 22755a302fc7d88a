import { debounce } from "./debounce.ts";
import { emptyReport, type FileReport, type FileReports } from "./fileReports.ts";
import type { Session } from "./session.ts";

const publishDelayMs = 150;

/** Publishes the diagnostics of all files to a client that does not pull them. */
export function registerPushDiagnostics(
  { connection, client, documents, workspaces }: Session,
  reports: FileReports,
): void {
  /** What the client holds, by URI: result id and document version. */
  const published = new Map<string, string>();

  const publish = (uri: string, { diagnostics, resultId }: FileReport): Promise<void> | undefined => {
    const version = documents.get(uri)?.version;
    const state = `${resultId} ${version ?? ""}`;
    if (published.get(uri) === state) return undefined;
    if (diagnostics.length > 0) published.set(uri, state);
    else if (!published.delete(uri)) return undefined;
    return connection.sendDiagnostics({
      uri,
      diagnostics: [...diagnostics],
      ...(client.publishedVersion && version !== undefined && { version }),
    });
  };

  const publishAll = debounce(publishDelayMs, async () => {
    if (workspaces.isReading()) return;
    const current = new Map<string, FileReport>([...published.keys()].map((uri) => [uri, emptyReport]));
    for (const flake of workspaces.served()) {
      for (const [path, report] of reports.all(flake)) current.set(workspaces.uriOf(path), report);
    }
    // Written in one turn: a change of the text in between would make the rest of them stale.
    await Promise.all([...current].map(([uri, report]) => publish(uri, report)));
  });
  workspaces.onChange(publishAll);
}
