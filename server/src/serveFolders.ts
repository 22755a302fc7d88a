import type { InitializeParams } from "vscode-languageserver/node";
import type { Session } from "./session.ts";

/** Serves the folders that the client has open, as they come and go. To be called once the client is initialized. */
export function serveFolders({ connection, client, workspaces }: Session, params: InitializeParams): void {
  if (client.workspaceFolders) {
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) =>
      workspaces.changeFolders(
        added.map(({ uri }) => uri),
        removed.map(({ uri }) => uri),
      ),
    );
  }
  workspaces.changeFolders(openFolders(params), []);
}

/** Clients from before workspace folders name one root. */
function openFolders({ workspaceFolders, rootUri }: InitializeParams): string[] {
  if (workspaceFolders) return workspaceFolders.map(({ uri }) => uri);
  return rootUri ? [rootUri] : [];
}
