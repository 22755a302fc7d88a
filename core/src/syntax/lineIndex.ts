/** A place in a text as LSP counts it: zero-based line and UTF-16 column. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface LineIndex {
  /** The position of an offset; offsets beyond the end give the end. */
  position(offset: number): Position;
  /** The offset of a position; columns beyond the line's end give its end. */
  offset(position: Position): number;
  /** Offset of the first character of a zero-based line. */
  lineStart(line: number): number;
}

/** Converts between offsets and positions; lines end with `\n`, `\r\n` or `\r`, as in LSP. */
export function createLineIndex(text: string): LineIndex {
  const starts = [0];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 10 || (code === 13 && text.charCodeAt(index + 1) !== 10)) starts.push(index + 1);
  }
  const lineStart = (line: number): number => starts[line] ?? text.length;
  return {
    lineStart,
    position(offset) {
      const target = Math.max(0, Math.min(offset, text.length));
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (lineStart(middle) <= target) low = middle;
        else high = middle - 1;
      }
      return { line: low, character: target - lineStart(low) };
    },
    offset({ line, character }) {
      if (line < 0) return 0;
      if (line >= starts.length) return text.length;
      let end = lineStart(line + 1);
      if (line + 1 < starts.length) {
        while (end > lineStart(line) && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--;
      }
      return Math.min(lineStart(line) + Math.max(0, character), end);
    },
  };
}
