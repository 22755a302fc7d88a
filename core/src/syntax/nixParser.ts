import { readFile } from "node:fs/promises";
import { Edit, Language, Parser, type Point, type Tree } from "web-tree-sitter";
import { prePass } from "./prePass.ts";
import { type EarlierReading, readExpression, type SyntaxFile } from "./readExpression.ts";

/** Absolute paths of web-tree-sitter.wasm and of the grammar. */
export interface WasmFiles {
  readonly runtime: string;
  readonly grammar: string;
}

/** A parsed text that can be parsed again after an edit at the cost of what changed. */
export interface ParsedText extends SyntaxFile {
  readonly text: string;
  readonly tree: Tree;
}

export interface NixParser {
  /** Parses a text; never throws on bad Nix. The caller deletes `tree` when it needs no re-parse. */
  parse(text: string): ParsedText;
  /** Parses the new text of a file, reusing the tree of the old one, which is deleted. */
  reparse(previous: ParsedText, text: string): ParsedText;
  dispose(): void;
}

/** Loads the grammar once per process. Rejects when a wasm file is missing or of another ABI. */
export async function createNixParser(wasm: WasmFiles): Promise<NixParser> {
  await Parser.init({ locateFile: () => wasm.runtime });
  const language = await Language.load(new Uint8Array(await readFile(wasm.grammar)));
  const parser = new Parser();
  parser.setLanguage(language);

  const read = (text: string, tree: Tree | null, earlier?: EarlierReading): ParsedText => {
    // parse() gives null only when cancelled or without a language.
    if (!tree) throw new Error("The Nix parser has no language.");
    const cursor = tree.walk();
    try {
      return { text, tree, ...readExpression(cursor, text, earlier) };
    } finally {
      cursor.delete();
    }
  };

  return {
    parse: (text) => read(text, parser.parse(prePass(text))),
    reparse(previous, text) {
      const before = prePass(previous.text);
      const after = prePass(text);
      const { tree } = previous;
      const hadErrors = tree.rootNode.hasError;
      const edit = findEdit(before, after);
      if (!edit) return read(text, tree);
      tree.edit(edit);
      const next = parser.parse(after, tree);
      tree.delete();
      // Error recovery depends on the tree it starts from; without errors there is only one tree, and a binding of the same text
      // reads the same.
      if (next?.rootNode.hasError) {
        next.delete();
        return read(text, parser.parse(after));
      }
      return read(text, next, hadErrors ? undefined : earlierReading(previous, text));
    },
    dispose: () => parser.delete(),
  };
}

/** The one replaced span between two texts, from their common beginning and end. */
function replacedSpan(before: string, after: string): { start: number; oldEnd: number; newEnd: number } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let suffix = 0;
  const isSameFromEnd = (index: number): boolean =>
    before.charCodeAt(before.length - 1 - index) === after.charCodeAt(after.length - 1 - index);
  while (suffix < shorter - start && isSameFromEnd(suffix)) suffix++;
  return { start, oldEnd: before.length - suffix, newEnd: after.length - suffix };
}

function findEdit(before: string, after: string): Edit | undefined {
  if (before === after) return undefined;
  const { start, oldEnd, newEnd } = replacedSpan(before, after);
  return new Edit({
    startIndex: start,
    oldEndIndex: oldEnd,
    newEndIndex: newEnd,
    startPosition: pointAt(before, start),
    oldEndPosition: pointAt(before, oldEnd),
    newEndPosition: pointAt(after, newEnd),
  });
}

/** What can be taken over from the last reading, by the texts before the pre-pass, from which literals are read. */
function earlierReading(previous: ParsedText, text: string): EarlierReading {
  const { start, newEnd } = replacedSpan(previous.text, text);
  return { bindings: previous.bindings, editStart: start, editEnd: newEnd, shift: text.length - previous.text.length };
}

function pointAt(text: string, offset: number): Point {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  let row = 0;
  for (let index = text.indexOf("\n"); index !== -1 && index < lineStart; index = text.indexOf("\n", index + 1)) row++;
  return { row, column: offset - lineStart };
}
