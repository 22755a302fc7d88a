import type { Finding, Fix, TextEdit } from "./finding.ts";

/** The fix that `--fix` applies to a finding: its first safe one. */
export function safeFix(finding: Pick<Finding, "fixes">): Fix | undefined {
  return finding.fixes.find(({ safe }) => safe);
}

/**
 * Chooses, in order, the safe fixes that can be applied together: each whole or not at all, none touching the text of another or
 * inserting what another one inserts, and only in files that `canEdit`. What is left out may be fixable after these are applied.
 */
export function chooseFixes<F extends Pick<Finding, "fixes">>(
  findings: readonly F[],
  canEdit: (file: string) => boolean,
): { readonly fixed: readonly F[]; readonly edits: ReadonlyMap<string, readonly TextEdit[]> } {
  const fixed: F[] = [];
  const edits = new Map<string, TextEdit[]>();
  const inserted = new Set<string>();
  for (const finding of findings) {
    const fix = safeFix(finding);
    if (!fix || fix.edits.length === 0) continue;
    const free = fix.edits.every(
      (edit) =>
        canEdit(edit.file) &&
        !edits.get(edit.file)?.some((other) => touch(edit, other)) &&
        // Two findings may want the same line, each in a place of its own.
        !(isInsertion(edit) && inserted.has(edit.newText.trim())),
    );
    if (!free) continue;
    fixed.push(finding);
    for (const edit of fix.edits) {
      edits.set(edit.file, [...(edits.get(edit.file) ?? []), edit]);
      if (isInsertion(edit)) inserted.add(edit.newText.trim());
    }
  }
  return { fixed, edits };
}

/** Two replacements may meet end to end; beside an insertion at the same place the order would be a guess. */
function touch(a: TextEdit, b: TextEdit): boolean {
  if (isInsertion(a) || isInsertion(b)) return a.start <= b.end && b.start <= a.end;
  return a.start < b.end && b.start < a.end;
}

function isInsertion({ start, end }: TextEdit): boolean {
  return start === end;
}
