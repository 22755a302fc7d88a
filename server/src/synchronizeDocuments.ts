import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Session } from "./session.ts";

/** Keeps the model's open buffers equal to the client's Nix documents. */
export function synchronizeDocuments({ connection, documents, workspaces }: Session): void {
  // Fires for a document that is opened, too.
  documents.onDidChangeContent(({ document }) => {
    if (isNix(document)) workspaces.openDocument(document.uri, document.getText());
  });
  documents.onDidClose(({ document }) => workspaces.closeDocument(document.uri));
  documents.listen(connection);
}

function isNix({ uri, languageId }: TextDocument): boolean {
  return languageId === "nix" || uri.endsWith(".nix");
}
