import { type Diagnostic, Uri } from "vscode";
import { explainRuleCommand } from "../../core/src/protocol.ts";

/**
 * Lets the rule id of our diagnostics open the documentation page that came with this version, rendered and offline,
 * in place of the web address that the server gives to every editor.
 */
export function linkToDocumentation(diagnostic: Diagnostic): Diagnostic {
  if (typeof diagnostic.code === "object") {
    const argument = encodeURIComponent(JSON.stringify([diagnostic.code.value]));
    diagnostic.code = {
      value: diagnostic.code.value,
      target: Uri.parse(`command:${explainRuleCommand}?${argument}`),
    };
  }
  return diagnostic;
}
