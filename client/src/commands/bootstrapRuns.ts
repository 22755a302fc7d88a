import { type QuickPickItem, window, workspace } from "vscode";
import type { RunSummary } from "../../../core/src/bootstrap/runSummary.ts";
import { canResume, hasReport } from "../bootstrap/canResume.ts";
import { describeRun } from "../bootstrap/describeRun.ts";
import type { Context } from "../context.ts";

interface RunItem extends QuickPickItem {
  readonly run: string;
}

const nothingToResume = "There is nothing to resume: no bootstrap was interrupted or cancelled, and none has failed.";
const noRun = "No host was installed from this computer yet.";

/** Shows a run in its panel: the one that is named, the only one at work, or one from a list. */
export async function showRun(context: Context, argument?: unknown): Promise<void> {
  const living = context.bootstrap.tracker.living();
  const only = living.length === 1 ? living[0]?.id : undefined;
  const run = runOf(argument) ?? only ?? (await pickRun(context, "Show Bootstrap", () => true, noRun));
  if (run !== undefined) context.bootstrap.panels.showRun(run);
}

/** Goes on with a run that did not come to its end. */
export async function resumeBootstrap(context: Context, argument?: unknown): Promise<void> {
  if (!workspace.isTrusted) {
    context.bootstrap.showError(new Error("Trust this workspace first: a bootstrap builds what is in it."));
    return;
  }
  const run = runOf(argument) ?? (await pickRun(context, "Resume Bootstrap", canResume, nothingToResume));
  if (run === undefined) return;
  try {
    await context.bootstrap.actions.resume(run, {});
    context.bootstrap.panels.showRun(run);
  } catch (error) {
    context.bootstrap.showError(error);
  }
}

export async function cancelBootstrap(context: Context, argument?: unknown): Promise<void> {
  const isRunning = ({ status }: RunSummary): boolean => status === "running";
  const run = runOf(argument) ?? (await pickRun(context, "Cancel Bootstrap", isRunning, "No bootstrap is at work."));
  if (run !== undefined) await context.bootstrap.actions.cancel(run).catch(context.bootstrap.showError);
}

export async function openRunLog(context: Context, argument?: unknown): Promise<void> {
  const run = runOf(argument) ?? (await pickRun(context, "Open Log of Bootstrap", () => true, noRun));
  if (run !== undefined) await context.bootstrap.actions.openLog(run).catch(context.bootstrap.showError);
}

export async function saveReport(context: Context, argument?: unknown): Promise<void> {
  const run = runOf(argument) ?? (await pickRun(context, "Save Report", hasReport, "No bootstrap has ended yet."));
  if (run !== undefined) await context.bootstrap.actions.saveReport(run).catch(context.bootstrap.showError);
}

async function pickRun(
  { bootstrap }: Context,
  title: string,
  fits: (run: RunSummary) => boolean,
  none: string,
): Promise<string | undefined> {
  const runs = (await bootstrap.runs()).filter(fits);
  if (runs.length === 0) {
    void window.showInformationMessage(none);
    return undefined;
  }
  const items = runs.map((run): RunItem => {
    const { label, description, detail } = describeRun(run, Date.now());
    return { run: run.id, label, description, detail };
  });
  return (await window.showQuickPick(items, { title, placeHolder: "Newest first", matchOnDescription: true }))?.run;
}

/** Looks again at what is there. */
export function refreshRuns({ bootstrap }: Context): void {
  bootstrap.tracker.refresh();
}

/** A run as an item of a view, a status bar item or a caller names it. */
function runOf(argument: unknown): string | undefined {
  if (typeof argument === "string") return argument;
  const isNamed = typeof argument === "object" && argument !== null && "run" in argument;
  return isNamed && typeof argument.run === "string" ? argument.run : undefined;
}
