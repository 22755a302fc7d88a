import assert from "node:assert/strict";
import { TextDocumentEdit, type WorkspaceEdit } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { toUri } from "./client.ts";

/** Text of a file after a workspace edit, applied as a client does. */
export function applyEdit(edit: WorkspaceEdit | undefined, path: string, text: string): string {
  const uri = toUri(path);
  const edits = (edit?.documentChanges ?? []).flatMap((change) => {
    assert.ok(TextDocumentEdit.is(change));
    return change.textDocument.uri === uri ? change.edits : [];
  });
  const plain = [...edits, ...(edit?.changes?.[uri] ?? [])].map((each) => {
    assert.ok("newText" in each);
    return each;
  });
  return TextDocument.applyEdits(TextDocument.create(uri, "nix", 1, text), plain);
}
