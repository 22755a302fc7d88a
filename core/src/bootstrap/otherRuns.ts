import { asRoot } from "./machine.ts";
import type { Remote } from "./remote.ts";
import { endMarkedScript, markedRunsScript, scriptMark } from "./scriptMark.ts";
import { StepFailed } from "./step.ts";

export interface OtherRunsOptions {
  /** Who is logged in. */
  readonly user: string;
  readonly signal: AbortSignal;
  /** Whether a run was begun on this computer and has no process any more. */
  readonly isOver: (run: string) => Promise<boolean>;
}

const timeoutMs = 30_000;

/**
 * Ends the scripts that runs which are over have left at work on a machine, as a disko whose run was killed; resolves to those runs.
 * Throws `StepFailed` when one of them cannot be ended, or is of a run that may be at work.
 */
export async function endOtherRuns(remote: Remote, { user, signal, isOver }: OtherRunsOptions): Promise<string[]> {
  // Who cannot become root is told so elsewhere.
  const { stdout } = await remote.run(asRoot(user, markedRunsScript), { timeoutMs, signal });
  const runs = stdout.split("\n").filter((line) => line !== "");
  for (const run of runs) {
    if (!(await isOver(run)))
      throw new StepFailed(
        `The bootstrap ${run} is at work on the target. Wait until it has ended, or cancel it where it was started; what is left of one that was given up ends when the target is restarted.`,
      );
    const { exitCode } = await remote.run(asRoot(user, endMarkedScript(scriptMark(run))), { timeoutMs, signal });
    if (exitCode !== 0)
      throw new StepFailed(
        `The target still works on what the bootstrap ${run} has begun, and it cannot be ended: power-cycle it.`,
      );
  }
  return runs;
}
