import type { Finding, Fix, TextEdit } from "../../../core/src/rules/finding.ts";

/** The fix that `--fix` applies to a finding: its first safe one. */
export function safeFix(finding: Pick<Finding, "fixes">): Fix | undefined {
  return finding.fixes.find(({ safe }) => safe);
}

/**
 * Chooses, in order, the safe fixes that can be applied together: each whole or not at all, none touching the text of another,
 * and only in files that `canEdit`. What is left out may be fixable after these are applied.
 */
export function chooseFixes<F extends Pick<Finding, "fixes">>(
  findings: readonly F[],
  canEdit: (file: string) => boolean,
): { readonly fixed: readonly F[]; readonly edits: ReadonlyMap<string, readonly TextEdit[]> } {
  const fixed: F[] = [];
  const edits = new Map<string, TextEdit[]>();
  for (const finding of findings) {
    const fix = safeFix(finding);
    if (!fix || fix.edits.length === 0) continue;
    const free = fix.edits.every(
      (edit) => canEdit(edit.file) && !edits.get(edit.file)?.some((other) => touch(edit, other)),
    );
    if (!free) continue;
    fixed.push(finding);
    for (const edit of fix.edits) edits.set(edit.file, [...(edits.get(edit.file) ?? []), edit]);
  }
  return { fixed, edits };
}

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

/** Two replacements may meet end to end; beside an insertion at the same place the order would be a guess. */
function touch(a: TextEdit, b: TextEdit): boolean {
  if (a.start === a.end || b.start === b.end) return a.start <= b.end && b.start <= a.end;
  return a.start < b.end && b.start < a.end;
}
