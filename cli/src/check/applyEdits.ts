import type { TextEdit } from "../../../core/src/rules/finding.ts";

/** Applies edits that do not overlap to one text; line breaks in new text become those of the text. */
export function applyEdits(text: string, edits: readonly Pick<TextEdit, "start" | "end" | "newText">[]): string {
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  let result = "";
  let offset = 0;
  for (const { start, end, newText } of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(offset, start) + newText.replace(/\r?\n/g, lineBreak);
    offset = end;
  }
  return result + text.slice(offset);
}
