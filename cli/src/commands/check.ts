import { performance } from "node:perf_hooks";
import { rules } from "../../../core/src/rules/registry.ts";
import { type Baseline, baselineOf, countStale, readBaseline, writeBaseline } from "../check/baseline.ts";
import { checkCommand } from "../check/checkCommand.ts";
import { type CheckOptions, readCheckOptions } from "../check/checkOptions.ts";
import { type CheckSession, openSession } from "../check/checkSession.ts";
import { exitCode } from "../check/exitCode.ts";
import { applyFixes, printFixes } from "../check/fixSession.ts";
import type { Command } from "../command.ts";
import { formatReport } from "../formats/formatReport.ts";
import { plural } from "../plural.ts";
import type { Terminal } from "../terminal.ts";

export const check: Command = { ...checkCommand, run };

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const started = performance.now();
  const ruleIds = rules.map(({ id }) => id);
  const options = readCheckOptions(argv, checkCommand, terminal.directory, ruleIds);
  const baseline = options.baseline === undefined ? undefined : await readBaseline(options.baseline);
  const session = await openSession(options, baseline, terminal);
  try {
    if (options.dryRun) {
      const findings = await session.ofAll(session.shown);
      await printFixes(session, terminal);
      return exitCode(findings, options.maxWarnings);
    }
    if (options.fix) await applyFixes(session, terminal);
    if (baseline && options.hosts.length === 0) await noteStale(baseline, session, terminal);
    if (options.writeBaseline !== undefined) return await acceptFindings(options.writeBaseline, session, terminal);
    return await report(session, options, started, terminal);
  } finally {
    for (const { project } of session.flakes) project.dispose();
  }
}

async function report(
  session: CheckSession,
  options: CheckOptions,
  started: number,
  terminal: Terminal,
): Promise<number> {
  const findings = await session.ofAll(session.shown);
  const durationMs = Math.round(performance.now() - started);
  const { root, ruleFailures } = session;
  const text = await formatReport(
    { root, files: session.fileCount(), durationMs, findings, ruleFailures },
    options.format,
    rules,
    terminal,
  );
  // Standard output already holds the fixed text.
  const isFilter = options.fix && options.paths.includes("-");
  if (isFilter) terminal.note(text.trimEnd());
  else terminal.print(text);
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  if (options.maxWarnings > 0 && warnings > options.maxWarnings)
    terminal.warn(`${plural(warnings, "warning")}, and --max-warnings allows ${options.maxWarnings}`);
  return exitCode(findings, options.maxWarnings);
}

async function noteStale(baseline: Baseline, session: CheckSession, terminal: Terminal): Promise<void> {
  const stale = countStale(baseline, await session.ofAll(session.present), session.isChecked);
  if (stale > 0)
    terminal.note(
      `${baseline.path}: ${plural(stale, "finding")} gone since it was written (--write-baseline updates it)`,
    );
}

async function acceptFindings(path: string, session: CheckSession, terminal: Terminal): Promise<number> {
  const findings = await session.ofAll(session.present);
  await writeBaseline(baselineOf(findings, path));
  terminal.note(`${path} accepts ${plural(findings.length, "finding")}`);
  return exitCode([], 0);
}
