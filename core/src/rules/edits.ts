import type { ListExpression, Range } from "../syntax/expression.ts";
import type { Place } from "../syntax/place.ts";
import type { TextEdit } from "./finding.ts";

/** Puts another text in the place of an expression or a name. */
export function replaceText({ file, start, end }: Place, newText: string): TextEdit {
  return { file, start, end, newText };
}

/**
 * Deletes an element of a list literal, or a binding with its semicolon. What stands alone on its lines goes with them; a comment
 * behind it on the same line goes too when nothing else is on that line.
 */
export function deleteText(text: string, { file, start, end }: Place): TextEdit {
  const lineStart = startOfLine(text, start);
  const lineEnd = endOfLine(text, end);
  const before = text.slice(lineStart, start);
  const after = text.slice(end, lineEnd);
  const isLast = /^[ \t]*(?:#.*)?$/.test(after);
  if (isLast && before.trim() === "")
    return { file, ...withoutDoubledBlankLine(text, lineStart, nextLine(text, lineEnd)), newText: "" };
  const space = /[ \t]*$/.exec(before)?.[0].length ?? 0;
  if (isLast) return { file, start: start - space, end: lineEnd, newText: "" };
  if (space > 0 && before.trim() !== "") return { file, start: start - space, end, newText: "" };
  return { file, start, end: end + (/^[ \t]*/.exec(after)?.[0].length ?? 0), newText: "" };
}

/** Appends elements to a list literal: on lines of their own when its elements are, or when the line would get too long. */
export function appendElements(
  text: string,
  file: string,
  list: ListExpression,
  elements: readonly string[],
): TextEdit {
  const last = list.elements.at(-1);
  if (!last) return fillEmptyList(text, file, list, elements);
  const ownLine = text.slice(startOfLine(text, last.start), last.start).trim() === "";
  if (ownLine) {
    const indentation = indentationAt(text, last.start);
    return insertion(file, behindComment(text, last.end), lines(text, indentation, elements));
  }
  const added = elements.map((element) => ` ${element}`).join("");
  const length = endOfLine(text, last.end) - startOfLine(text, last.end) + added.length;
  const literal = text.slice(list.start, list.end);
  if (length <= widestLine || /[\n#]/.test(literal)) return insertion(file, last.end, added);
  const all = [...list.elements.map(({ start, end }) => text.slice(start, end)), ...elements];
  return { file, start: list.start, end: list.end, newText: listText(text, indentationAt(text, list.start), all) };
}

/** `[ … ]` with elements that have no list yet: on one line when there is one of them, else on lines of their own. */
export function listText(text: string, indentation: string, elements: readonly string[]): string {
  if (elements.length < 2) return `[ ${elements.join(" ")} ]`;
  const lineBreak = lineBreakOf(text);
  return `[${lines(text, `${indentation}${indentationUnit}`, elements)}${lineBreak}${indentation}]`;
}

/** Elements to stand where one element stands: each on a line of its own with the same indentation. */
export function elementLines(text: string, offset: number, elements: readonly string[]): string {
  return elements.join(`${lineBreakOf(text)}${indentationAt(text, offset)}`);
}

/** Inserts a binding (with its semicolon) behind another one: on a line of its own when that one begins a line. */
export function insertBindingAfter(text: string, file: string, binding: Range, newBinding: string): TextEdit {
  const ownLine = text.slice(startOfLine(text, binding.start), binding.start).trim() === "";
  if (!ownLine) return insertion(file, binding.end, ` ${newBinding}`);
  const indentation = indentationAt(text, binding.start);
  return insertion(file, behindComment(text, binding.end), `${lineBreakOf(text)}${indentation}${newBinding}`);
}

/** The white space that the line of an offset begins with. */
export function indentationAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(startOfLine(text, offset), offset))?.[0] ?? "";
}

/** A text as a Nix string literal. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]|\$(?=\{)/g, "\\$&")}"`;
}

const indentationUnit = "  ";

/** nixfmt breaks longer lines. */
const widestLine = 100;

function fillEmptyList(text: string, file: string, list: ListExpression, elements: readonly string[]): TextEdit {
  // Comments in an otherwise empty list stay.
  const inside = text.slice(list.start + 1, list.end - 1);
  const indentation = indentationAt(text, list.start);
  if (inside.trim() !== "")
    return insertion(file, list.start + 1, lines(text, `${indentation}${indentationUnit}`, elements));
  return { file, start: list.start, end: list.end, newText: listText(text, indentation, elements) };
}

function lines(text: string, indentation: string, elements: readonly string[]): string {
  return elements.map((element) => `${lineBreakOf(text)}${indentation}${element}`).join("");
}

function insertion(file: string, offset: number, newText: string): TextEdit {
  return { file, start: offset, end: offset, newText };
}

/** The end of the line when only a comment follows an offset on it, else the offset. */
function behindComment(text: string, offset: number): number {
  const lineEnd = endOfLine(text, offset);
  return /^[ \t]*#/.test(text.slice(offset, lineEnd)) ? lineEnd : offset;
}

/** Of two blank lines that a deletion would leave one above the other, one goes with it. */
function withoutDoubledBlankLine(text: string, start: number, end: number): Range {
  const above = start === 0 ? "" : text.slice(startOfLine(text, start - 1), start).trim();
  const isBlankBelow = end < text.length && text.slice(end, endOfLine(text, end)).trim() === "";
  return { start, end: start > 0 && above === "" && isBlankBelow ? nextLine(text, endOfLine(text, end)) : end };
}

function startOfLine(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The offset of the line break behind an offset, or of the end of the text. */
function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  if (newline === -1) return text.length;
  return text[newline - 1] === "\r" && newline > offset ? newline - 1 : newline;
}

function nextLine(text: string, lineEnd: number): number {
  const newline = text.indexOf("\n", lineEnd);
  return newline === -1 ? text.length : newline + 1;
}

function lineBreakOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
