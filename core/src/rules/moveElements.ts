import type { Expression, ListExpression } from "../syntax/expression.ts";
import { findNode } from "../syntax/findNode.ts";
import { deleteText, indentationAt } from "./edits.ts";
import type { TextEdit } from "./finding.ts";

/**
 * Edits that put elements of a list literal under a condition: `[ a b ]` becomes `[ a ] ++ lib.optionals condition [ b ]`. Comments
 * behind the elements move with them.
 */
export function moveUnderCondition(
  text: string,
  file: string,
  root: Expression,
  list: ListExpression,
  elements: readonly Expression[],
  condition: string,
): readonly TextEdit[] {
  const isArgument =
    findNode(root, (node): node is Expression => node.kind === "apply" && node.argument === list, list) !== undefined;
  const open: readonly TextEdit[] = isArgument ? [insertion(file, list.start, "(")] : [];
  const close = isArgument ? ")" : "";
  if (elements.length === list.elements.length) {
    const opening = insertion(file, list.start, `${isArgument ? "(" : ""}lib.optionals ${condition} `);
    return isArgument ? [opening, insertion(file, list.end, ")")] : [opening];
  }
  const moved = elements.map((element) => withComment(text, element));
  const indentation = indentationAt(text, list.start);
  const isShort = moved.length === 1 && !moved[0]?.includes("#");
  const newList = isShort
    ? `[ ${moved[0]} ]`
    : `[\n${moved.map((element) => `${indentation}  ${element}\n`).join("")}${indentation}]`;
  return [
    ...open,
    ...elements.map((element) => deleteText(text, { file, start: element.start, end: element.end })),
    insertion(file, list.end, ` ++ lib.optionals ${condition} ${newList}${close}`),
  ];
}

function withComment(text: string, { start, end }: Expression): string {
  const comment = /^[ \t]*#[^\n]*/.exec(text.slice(end))?.[0] ?? "";
  return text.slice(start, end) + comment.trimEnd();
}

function insertion(file: string, offset: number, newText: string): TextEdit {
  return { file, start: offset, end: offset, newText };
}
