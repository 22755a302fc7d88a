import type { FlakeProject } from "../../../core/src/project/flakeProject.ts";
import { chooseFixes, safeFix } from "../../../core/src/rules/chooseFixes.ts";
import { applyEdits } from "./applyEdits.ts";
import type { ShownFinding } from "./describeFindings.ts";
import type { ReportedFinding } from "./report.ts";
import type { ChangedFile } from "./writeFixes.ts";

/** A fix can give way to another; no chain of them is longer than this, and a circle ends. */
const maximumRounds = 10;

export interface FixResult {
  readonly changed: readonly ChangedFile[];
  readonly fixed: readonly ReportedFinding[];
  /** Files that have safe fixes but must not be written, and why. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Applies safe fixes in memory, as open buffers of the project, until none is left. `shown` gives the findings that are to be fixed
 * as they stand; `whyNotEditable` judges a file by its path and its text before any fix.
 */
export async function fixFindings(
  project: Pick<FlakeProject, "text" | "openBuffer">,
  shown: () => Promise<readonly ShownFinding[]>,
  whyNotEditable: (path: string, text: string) => Promise<string | undefined>,
): Promise<FixResult> {
  const before = new Map<string, string>();
  const refused = new Map<string, string>();
  const fixed: ReportedFinding[] = [];

  const judge = async (path: string): Promise<void> => {
    if (before.has(path) || refused.has(path)) return;
    const text = project.text(path);
    const reason = text === undefined ? "it is not part of the flake" : await whyNotEditable(path, text);
    if (text === undefined || reason !== undefined) refused.set(path, reason ?? "");
    else before.set(path, text);
  };

  for (let round = 0; round < maximumRounds; round++) {
    const findings = await shown();
    for (const edit of findings.flatMap(({ finding }) => safeFix(finding)?.edits ?? [])) await judge(edit.file);
    const byFinding = new Map(findings.map(({ finding, reported }) => [finding, reported]));
    const choice = chooseFixes([...byFinding.keys()], (file) => before.has(file));
    if (choice.fixed.length === 0) break;
    fixed.push(...choice.fixed.flatMap((finding) => byFinding.get(finding) ?? []));
    for (const [path, edits] of choice.edits) project.openBuffer(path, applyEdits(project.text(path) ?? "", edits));
  }

  const changed = [...before]
    .map(([path, text]) => ({ path, before: text, after: project.text(path) ?? text }))
    .filter((file) => file.before !== file.after);
  return { changed, fixed, refused };
}
