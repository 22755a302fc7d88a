import {
  type CodeAction,
  type CodeActionContext,
  CodeActionKind,
  type CodeActionParams,
  type Diagnostic,
  type Range,
} from "vscode-languageserver/node";
import { explainRuleCommand } from "../../core/src/protocol.ts";
import { chooseFixes } from "../../core/src/rules/chooseFixes.ts";
import type { Finding, TextEdit } from "../../core/src/rules/finding.ts";
import { suppressFileEdit, suppressLineEdit } from "../../core/src/rules/suppressionEdits.ts";
import { unknownSuppression } from "../../core/src/rules/unknownSuppression.ts";
import { unusedSuppression } from "../../core/src/rules/unusedSuppression.ts";
import { untilCancelled } from "./cancellation.ts";
import { documentPath } from "./documentPath.ts";
import { diagnosticSource, findingDiagnostic } from "./findingDiagnostic.ts";
import type { ServedFlake } from "./servedFlake.ts";
import type { Session } from "./session.ts";
import { workspaceEdit } from "./workspaceEdit.ts";

/** Repairs the first safe fix of every finding of a document; for `editor.codeActionsOnSave`. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.nixosVps`;

export function registerCodeActions(session: Session): void {
  const { connection, workspaces } = session;
  connection.onCodeAction(async ({ textDocument: { uri }, range, context }: CodeActionParams, token) => {
    const path = documentPath(uri);
    const flake = await untilCancelled(workspaces.flakeOf(path), token);
    if (!flake) return [];
    const findings = flake.project.findings(path);
    const actions: CodeAction[] = [];
    if (isWanted(CodeActionKind.QuickFix, context)) {
      for (const finding of findings) {
        const diagnostic = matchingDiagnostic(finding, range, flake, session, context);
        if (diagnostic) actions.push(...quickFixes(finding, diagnostic, flake, session));
      }
    }
    if (isWanted(fixAllKind, context)) actions.push(...fixAll(findings, flake, session));
    return actions;
  });
}

/** A client that asks for a kind also asks for the kinds below it. */
function isWanted(kind: string, { only }: CodeActionContext): boolean {
  return only === undefined || only.some((wanted) => kind === wanted || kind.startsWith(`${wanted}.`) || wanted === "");
}

/** The diagnostic that the finding is shown as, when it is one of those that the client asks about. */
function matchingDiagnostic(
  finding: Finding,
  range: Range,
  flake: ServedFlake,
  { client, workspaces }: Session,
  { diagnostics }: CodeActionContext,
): Diagnostic | undefined {
  const own = findingDiagnostic(finding, flake, workspaces.uriOf, client);
  if (diagnostics.length === 0) return overlaps(own.range, range) ? own : undefined;
  return diagnostics.find(
    (shown) => shown.source === diagnosticSource && shown.code === own.code && isSameRange(shown.range, own.range),
  );
}

function quickFixes(finding: Finding, diagnostic: Diagnostic, flake: ServedFlake, session: Session): CodeAction[] {
  const { rule, file, start } = finding;
  const text = flake.project.text(file) ?? "";
  const action = (title: string, edits: readonly TextEdit[]): CodeAction[] => {
    const edit = workspaceEdit(edits, flake, session);
    return edit ? [{ title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], edit }] : [];
  };
  const fixes = finding.fixes.flatMap(({ title, edits }) => action(title, edits));
  const [preferred] = fixes;
  if (preferred) preferred.isPreferred = true;
  const explain: CodeAction = {
    title: `Open documentation of ${rule}`,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    command: { title: "Open documentation", command: explainRuleCommand, arguments: [rule] },
  };
  // What is said about suppression comments cannot itself be suppressed by one.
  const isSuppressible = rule !== unknownSuppression.id && rule !== unusedSuppression.id;
  const suppress = isSuppressible
    ? [
        ...action(`Suppress ${rule} on this line`, [suppressLineEdit(text, file, start, rule)]),
        ...action(`Suppress ${rule} in this file`, [suppressFileEdit(text, file, rule)]),
      ]
    : [];
  return [...fixes, ...suppress, ...(session.client.explainCommand ? [explain] : [])];
}

function fixAll(findings: readonly Finding[], flake: ServedFlake, session: Session): CodeAction[] {
  const { fixed, edits } = chooseFixes(findings, (file) => flake.project.text(file) !== undefined);
  const edit = workspaceEdit([...edits.values()].flat(), flake, session);
  if (fixed.length === 0 || !edit) return [];
  return [{ title: "Fix all NixOS VPS findings that are safe to fix", kind: fixAllKind, edit }];
}

function overlaps(a: Range, b: Range): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

function isBefore(a: Range["start"], b: Range["start"]): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}

function isSameRange(a: Range, b: Range): boolean {
  return (
    !isBefore(a.start, b.start) && !isBefore(b.start, a.start) && !isBefore(a.end, b.end) && !isBefore(b.end, a.end)
  );
}
