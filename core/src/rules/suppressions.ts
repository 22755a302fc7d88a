import type { Range } from "../syntax/expression.ts";
import { createLineIndex } from "../syntax/lineIndex.ts";

/** A `# nixos-vps: ignore rule, …: reason` or `ignore-file` comment; one that is written wrongly has no rules. */
export interface Suppression extends Range {
  readonly scope: "line" | "file";
  readonly rules: readonly { readonly id: string; readonly start: number; readonly end: number }[];
  /** Zero-based lines it covers: its own, and the next line of code when it stands alone. */
  readonly lines: readonly number[];
}

const pattern = /^#\s*nixos-vps:\s*(ignore-file|ignore)\b([^:]*)/;

/** What is meant to silence but written in another way, such as `# nixos-vps: disable x`, or in a block comment. */
const misspelled = /^(?:#|\/\*)\**\s*nixos-vps:/;

/** Reads the suppression comments of a file. */
export function readSuppressions(text: string, comments: readonly Range[]): Suppression[] {
  const candidates = comments.filter((comment) => misspelled.test(text.slice(comment.start, comment.end)));
  if (candidates.length === 0) return [];
  const lines = createLineIndex(text);
  const commentLines = new Set(comments.map((comment) => lines.position(comment.start).line));
  return candidates.flatMap((comment): Suppression[] => {
    const match = pattern.exec(text.slice(comment.start, comment.end));
    if (!match) return [{ scope: "line", rules: [], lines: [], start: comment.start, end: comment.end }];
    const [whole, word, list = ""] = match;
    const listStart = comment.start + whole.length - list.length;
    const rules = [...list.matchAll(/[A-Za-z0-9_-]+/g)].map((name) => ({
      id: name[0],
      start: listStart + name.index,
      end: listStart + name.index + name[0].length,
    }));
    const { line } = lines.position(comment.start);
    const covered = [line];
    const standsAlone = text.slice(lines.lineStart(line), comment.start).trim() === "";
    if (standsAlone) {
      let next = line + 1;
      while (
        next < line + 50 &&
        (commentLines.has(next) || text.slice(lines.lineStart(next), lines.lineStart(next + 1)).trim() === "")
      ) {
        const rest = text.slice(lines.lineStart(next), lines.lineStart(next + 1)).trim();
        if (rest !== "" && !rest.startsWith("#")) break;
        next++;
      }
      covered.push(next);
    }
    return [
      {
        scope: word === "ignore-file" ? "file" : "line",
        rules,
        lines: covered,
        start: comment.start,
        end: comment.end,
      },
    ];
  });
}
