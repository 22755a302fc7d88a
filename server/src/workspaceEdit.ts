import type { TextEdit as LspTextEdit, WorkspaceEdit } from "vscode-languageserver/node";
import type { TextEdit } from "../../core/src/rules/finding.ts";
import type { ServedFlake } from "./servedFlake.ts";
import type { Session } from "./session.ts";

/**
 * The edits as the client applies them: bound to the versions of open documents when it can check these.
 * Undefined when the text of a file is not known, so that its offsets mean nothing.
 */
export function workspaceEdit(
  edits: readonly TextEdit[],
  flake: ServedFlake,
  { client, documents, workspaces }: Session,
): WorkspaceEdit | undefined {
  const byUri = new Map<string, LspTextEdit[]>();
  for (const edit of edits) {
    if (flake.project.text(edit.file) === undefined) return undefined;
    const uri = workspaces.uriOf(edit.file);
    byUri.set(uri, [...(byUri.get(uri) ?? []), { range: flake.range(edit), newText: edit.newText }]);
  }
  if (!client.documentChanges) return { changes: Object.fromEntries(byUri) };
  return {
    documentChanges: [...byUri].map(([uri, fileEdits]) => ({
      textDocument: { uri, version: documents.get(uri)?.version ?? null },
      edits: fileEdits,
    })),
  };
}
