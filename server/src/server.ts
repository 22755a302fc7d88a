import { type Connection, type ServerCapabilities, TextDocumentSyncKind } from "vscode-languageserver/node";
import type { WasmFiles } from "../../core/src/syntax/nixParser.ts";
import { registerCheckWorkspace } from "./checkWorkspace.ts";
import type { ClientAbilities } from "./clientAbilities.ts";
import { fixAllKind, registerCodeActions } from "./codeActions.ts";
import { exitWithClient } from "./exitWithClient.ts";
import { createFileReports } from "./fileReports.ts";
import { watchFiles } from "./fileWatching.ts";
import { diagnosticSource } from "./findingDiagnostic.ts";
import { registerHosts } from "./hosts.ts";
import { registerHover } from "./hover.ts";
import { registerListedPackages } from "./listedPackages.ts";
import { registerPullDiagnostics } from "./pullDiagnostics.ts";
import { registerPushDiagnostics } from "./pushDiagnostics.ts";
import { releaseMemoryWhenIdle } from "./releaseMemory.ts";
import { serveFolders } from "./serveFolders.ts";
import { createSession } from "./session.ts";
import { registerStatus } from "./status.ts";
import { synchronizeDocuments } from "./synchronizeDocuments.ts";

function capabilities(client: ClientAbilities): ServerCapabilities {
  return {
    positionEncoding: "utf-16",
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
    codeActionProvider: { codeActionKinds: ["quickfix", fixAllKind] },
    hoverProvider: true,
    ...(client.pullDiagnostics && {
      diagnosticProvider: { identifier: diagnosticSource, interFileDependencies: true, workspaceDiagnostics: true },
    }),
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };
}

/** Serves one client on a connection that does not listen yet. */
export function serve(connection: Connection, wasm: WasmFiles): void {
  connection.onInitialize(async (params) => {
    exitWithClient(params.processId);
    const session = await createSession(connection, params, wasm);
    const { client, configuration, workspaces } = session;
    const reports = createFileReports(workspaces, client);
    registerStatus(session, reports);
    if (client.pullDiagnostics) registerPullDiagnostics(session, reports);
    else registerPushDiagnostics(session, reports);
    registerCodeActions(session);
    registerHover(session);
    registerHosts(session);
    registerListedPackages(session);
    registerCheckWorkspace(session);
    synchronizeDocuments(session);
    releaseMemoryWhenIdle(session);

    connection.onInitialized(async () => {
      serveFolders(session, params);
      await Promise.all([configuration.watch(), watchFiles(session)]);
    });
    connection.onDidChangeConfiguration(({ settings }) => {
      configuration.changed(settings);
      workspaces.settingsChanged();
    });
    connection.onShutdown(() => workspaces.dispose());
    return { capabilities: capabilities(client), serverInfo: { name: "NixOS VPS" } };
  });
}
