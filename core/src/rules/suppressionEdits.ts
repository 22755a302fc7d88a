import { createLineIndex } from "../syntax/lineIndex.ts";
import type { TextEdit } from "./finding.ts";

/** Adds `# nixos-vps: ignore rule` above the line of an offset, or the rule to the comment that is there already. */
export function suppressLineEdit(text: string, file: string, offset: number, rule: string): TextEdit {
  const lines = createLineIndex(text);
  const { line } = lines.position(offset);
  const start = lines.lineStart(line);
  const above = line > 0 ? text.slice(lines.lineStart(line - 1), start) : "";
  const known = /^(\s*#\s*nixos-vps:\s*ignore(?!-file)[^:\n\r]*)/.exec(above);
  if (known?.[1] !== undefined) {
    const at = lines.lineStart(line - 1) + known[1].trimEnd().length;
    return { file, start: at, end: at, newText: `, ${rule}` };
  }
  const indentation = /^[ \t]*/.exec(text.slice(start))?.[0] ?? "";
  return { file, start, end: start, newText: `${indentation}# nixos-vps: ignore ${rule}${lineEnd(text)}` };
}

/** Adds `# nixos-vps: ignore-file rule` to the top of the file, or the rule to the comment that is there already. */
export function suppressFileEdit(text: string, file: string, rule: string): TextEdit {
  const known = /^#\s*nixos-vps:\s*ignore-file[^:\n\r]*/m.exec(text);
  if (known) {
    const at = known.index + known[0].trimEnd().length;
    return { file, start: at, end: at, newText: `, ${rule}` };
  }
  return { file, start: 0, end: 0, newText: `# nixos-vps: ignore-file ${rule}${lineEnd(text)}` };
}

function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
