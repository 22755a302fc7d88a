import { commands, languages, type QuickPickItem, QuickPickItemKind, window } from "vscode";
import type { Context } from "../context.ts";
import { documentationPage } from "../documentationLinks.ts";
import { type RuleDescription, ruleCatalogue } from "../ruleCatalogue.ts";

/** Opens the documentation page of the rule `id`, or of one chosen from a list that begins with those found in the active file. */
export async function explainRule({ extension }: Context, id?: unknown): Promise<void> {
  const rules = ruleCatalogue(extension.extension.packageJSON);
  const known = rules.find((rule) => rule.id === id);
  const chosen = known?.id ?? (await window.showQuickPick(picks(rules, rulesInActiveFile()), pickOptions))?.label;
  if (chosen === undefined) return;
  await commands.executeCommand("markdown.showPreview", documentationPage(extension.extensionUri, chosen));
}

const pickOptions = { title: "Explain Rule", placeHolder: "Rule to explain", matchOnDetail: true };

function picks(rules: readonly RuleDescription[], found: ReadonlySet<unknown>): QuickPickItem[] {
  // A quick pick shows Markdown as it stands.
  const item = ({ id, description }: RuleDescription): QuickPickItem => ({
    label: id,
    detail: description.replaceAll("`", ""),
  });
  const inFile = rules.filter((rule) => found.has(rule.id)).map(item);
  const others = rules.filter((rule) => !found.has(rule.id)).map(item);
  if (inFile.length === 0) return others;
  return [separator("found in this file"), ...inFile, separator("other rules"), ...others];
}

function separator(label: string): QuickPickItem {
  return { label, kind: QuickPickItemKind.Separator };
}

function rulesInActiveFile(): ReadonlySet<unknown> {
  const document = window.activeTextEditor?.document;
  if (document === undefined) return new Set();
  const codes = languages
    .getDiagnostics(document.uri)
    .map(({ code }) => (typeof code === "object" ? code.value : code));
  return new Set(codes);
}
