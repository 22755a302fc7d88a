import { type Diagnostic, Uri } from "vscode";

/** The documentation page of a rule that came with this version. */
export function documentationPage(extensionUri: Uri, rule: string): Uri {
  return Uri.joinPath(extensionUri, "docs", "rules", `${rule}.md`);
}

/**
 * Lets the rule id of our diagnostics open that page in place of the web address that the server gives to every
 * editor. It opens as text: VS Code runs no command from there, and only a command could render it.
 */
export function linkToDocumentation(extensionUri: Uri, diagnostic: Diagnostic): void {
  const { code } = diagnostic;
  if (typeof code !== "object") return;
  diagnostic.code = { value: code.value, target: documentationPage(extensionUri, String(code.value)) };
}
