import { relative, sep } from "node:path";
import type { FlakeProject } from "../../../core/src/project/flakeProject.ts";
import { safeFix } from "../../../core/src/rules/chooseFixes.ts";
import type { Finding } from "../../../core/src/rules/finding.ts";
import { createLineIndex, type LineIndex } from "../../../core/src/syntax/lineIndex.ts";
import type { Place } from "../../../core/src/syntax/place.ts";
import { normalizedText } from "./fingerprint.ts";
import type { Region, ReportedFinding } from "./report.ts";

/** A finding as the model has it, in offsets, and as it is reported. */
export interface ShownFinding {
  readonly finding: Finding;
  readonly reported: ReportedFinding;
}

/** Describes all findings of one file; `root` is what reported paths are relative to. */
export function describeFindings(
  project: Pick<FlakeProject, "text" | "findings">,
  path: string,
  root: string,
): ShownFinding[] {
  const indexes = new Map<string, LineIndex>();
  const indexOf = (file: string): LineIndex => {
    const index = indexes.get(file) ?? createLineIndex(project.text(file) ?? "");
    indexes.set(file, index);
    return index;
  };
  const region = ({ file, start, end }: Place): Region => {
    const from = indexOf(file).position(start);
    const to = indexOf(file).position(end);
    return {
      path: file,
      line: from.line + 1,
      column: from.character + 1,
      endLine: to.line + 1,
      endColumn: to.character + 1,
    };
  };

  const textLines = (project.text(path) ?? "").split(/\r\n|[\r\n]/);
  const occurrences = new Map<string, number>();
  return project.findings(path).map((finding) => {
    const place = region(finding);
    const lines = textLines.slice(place.line - 1, place.endLine);
    const key = JSON.stringify([finding.rule, normalizedText(lines)]);
    const occurrence = occurrences.get(key) ?? 0;
    occurrences.set(key, occurrence + 1);
    const fix = safeFix(finding);
    const reported: ReportedFinding = {
      ...place,
      rule: finding.rule,
      severity: finding.severity,
      file: relative(root, path).split(sep).join("/"),
      message: finding.message,
      hosts: finding.hosts,
      lines,
      occurrence,
      related: finding.related.map((each) => ({ ...region(each), message: each.message })),
      fix: fix && {
        title: fix.title,
        edits: fix.edits.map((edit) => ({ ...region(edit), newText: edit.newText })),
      },
    };
    return { finding, reported };
  });
}
