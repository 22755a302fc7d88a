import { DidChangeWatchedFilesNotification, WatchKind } from "vscode-languageserver/node";
import type { Session } from "./session.ts";

const createdOrChanged = WatchKind.Create | WatchKind.Change;
const watchers = [
  { globPattern: "**/*.nix", kind: createdOrChanged },
  { globPattern: "**/flake.lock", kind: createdOrChanged },
  { globPattern: "**/*.age", kind: createdOrChanged },
  { globPattern: "**/.gitignore", kind: createdOrChanged },
  // Of a directory that is deleted or moved away, VS Code reports the directory alone.
  { globPattern: "**/*", kind: WatchKind.Delete },
];

/** Git alone deletes a lock file with every command. */
const unrelated = /\/(?:\.git|\.jj|\.hg|\.direnv|node_modules)\//u;

/** Notices what happens on disk outside of the editor. To be called once the client is initialized. */
export async function watchFiles({ connection, client, documents, workspaces }: Session): Promise<void> {
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const uris = changes.map(({ uri }) => uri).filter((uri) => !unrelated.test(uri));
    if (uris.length > 0) workspaces.diskChanged(uris);
  });
  if (client.watchFiles) {
    await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    return;
  }
  // Nobody watches for us: what is saved may be part of a larger change.
  documents.onDidSave(() => workspaces.diskChanged(workspaces.served().map(({ uri }) => uri)));
}
