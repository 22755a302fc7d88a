import { relative, sep } from "node:path";
import { plural } from "../plural.ts";
import type { Terminal } from "../terminal.ts";
import type { CheckedFlake } from "./checkedFlake.ts";
import type { CheckSession } from "./checkSession.ts";
import { type FixResult, fixFindings } from "./fixFindings.ts";
import type { ReportedFinding } from "./report.ts";
import { unifiedDiff } from "./unifiedDiff.ts";
import { whyNotWritable, writeFixes } from "./writeFixes.ts";

/** Prints what fixing would change as a diff. */
export async function printFixes(session: CheckSession, terminal: Terminal): Promise<void> {
  const results = await fixAll(session, terminal);
  for (const { path, before, after } of results.flatMap(({ result }) => result.changed)) {
    terminal.print(unifiedDiff(relative(session.root, path).split(sep).join("/"), before, after));
  }
  noteFixed("would fix", results, terminal);
}

/** Fixes files on disk, or prints the fixed text when it came from standard input; afterwards the session shows what is left. */
export async function applyFixes(session: CheckSession, terminal: Terminal): Promise<void> {
  const results = await fixAll(session, terminal);
  for (const { flake, result } of results) {
    const { project, target } = flake;
    if (target.buffers.size === 0) await writeFixes(result.changed, target.root);
    for (const path of target.buffers.keys()) terminal.print(project.text(path) ?? "");
  }
  noteFixed("fixed", results, terminal);
}

interface FlakeFixes {
  readonly flake: CheckedFlake;
  readonly result: FixResult;
}

async function fixAll(session: CheckSession, terminal: Terminal): Promise<FlakeFixes[]> {
  const results: FlakeFixes[] = [];
  for (const flake of session.flakes) {
    const { buffers, root } = flake.target;
    const result = await fixFindings(
      flake.project,
      () => session.shown(flake),
      async (path, text) => {
        if (buffers.size === 0) return whyNotWritable(path, text, root);
        return buffers.has(path) ? undefined : "only standard input is";
      },
    );
    for (const [path, reason] of result.refused) terminal.warn(`${path} is not fixed: ${reason}`);
    results.push({ flake, result });
  }
  return results;
}

function noteFixed(did: string, results: readonly FlakeFixes[], terminal: Terminal): void {
  const fixed = results.flatMap(({ result }) => result.fixed);
  const files = results.flatMap(({ result }) => result.changed);
  const line = ({ file, line, column, rule, fix }: ReportedFinding): string =>
    `  ${file}:${line}:${column}  ${fix?.title ?? ""}  ${rule}`;
  if (fixed.length === 0) terminal.note("nothing to fix");
  else terminal.note(`${did} ${plural(fixed.length, "finding")} in ${plural(files.length, "file")}:`);
  for (const finding of fixed) terminal.note(line(finding));
}
