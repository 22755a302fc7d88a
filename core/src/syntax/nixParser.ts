import { readFile } from "node:fs/promises";
import { Edit, Language, Parser, type Point, type Tree } from "web-tree-sitter";
import { prePass } from "./prePass.ts";
import { readExpression, type SyntaxFile } from "./readExpression.ts";

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

  const read = (text: string, tree: Tree | null): ParsedText => {
    // parse() gives null only when cancelled or without a language.
    if (!tree) throw new Error("The Nix parser has no language.");
    const cursor = tree.walk();
    try {
      return { text, tree, ...readExpression(cursor, text) };
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
      const edit = findEdit(before, after);
      if (!edit) return read(text, tree);
      tree.edit(edit);
      const next = parser.parse(after, tree);
      tree.delete();
      // Error recovery depends on the tree it starts from; without errors there is only one tree.
      if (!next?.rootNode.hasError) return read(text, next);
      next.delete();
      return read(text, parser.parse(after));
    },
    dispose: () => parser.delete(),
  };
}

/** The one replaced span between two texts, from their common prefix and suffix; undefined when they are equal. */
function findEdit(before: string, after: string): Edit | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let suffix = 0;
  while (suffix < shorter - start && before[before.length - 1 - suffix] === after[after.length - 1 - suffix]) suffix++;
  return new Edit({
    startIndex: start,
    oldEndIndex: before.length - suffix,
    newEndIndex: after.length - suffix,
    startPosition: pointAt(before, start),
    oldEndPosition: pointAt(before, before.length - suffix),
    newEndPosition: pointAt(after, after.length - suffix),
  });
}

function pointAt(text: string, offset: number): Point {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  let row = 0;
  for (let index = text.indexOf("\n"); index !== -1 && index < lineStart; index = text.indexOf("\n", index + 1)) row++;
  return { row, column: offset - lineStart };
}
