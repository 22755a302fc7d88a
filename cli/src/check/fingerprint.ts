import { createHash } from "node:crypto";
import type { ReportedFinding } from "./report.ts";

/**
 * Identifies a finding over time: 32 hexadecimal digits that stay the same when lines above it come and go or its indentation
 * changes, and change with its rule, its file or the text of its lines. `file` is the path by which the file is to be known.
 */
export function fingerprint(finding: Pick<ReportedFinding, "rule" | "lines" | "occurrence">, file: string): string {
  const { rule, lines, occurrence } = finding;
  return createHash("sha256")
    .update(JSON.stringify([rule, file, normalizedText(lines), occurrence]))
    .digest("hex")
    .slice(0, 32);
}

/** The text of lines without the white space that formatting changes. */
export function normalizedText(lines: readonly string[]): string {
  return lines.map((line) => line.trim().replace(/\s+/g, " ")).join("\n");
}
