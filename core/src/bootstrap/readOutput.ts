import type { Stage } from "./machine.ts";
import type { RunResult } from "./remote.ts";
import { type StepContext, StepFailed } from "./step.ts";

const endMark = "\n# end\n";

/** A script that says when it has come to its end, so that output which was cut off is not taken for all that there is. */
export function toItsEnd(script: string): string {
  return `(\n${script}\n) && printf '\\n# end\\n'\n`;
}

/**
 * The output of a script that was made by `toItsEnd`. Throws `StepFailed` when the script failed, was killed, as the kernel does
 * when memory runs out, or did not come to its end.
 */
export function wholeOutput(
  { exitCode, signal, stdout, stderr }: RunResult,
  { isProof = false }: { readonly isProof?: boolean } = {},
): string {
  if (exitCode === 0 && stdout.endsWith(endMark)) return stdout.slice(0, -endMark.length);
  const how =
    exitCode === undefined
      ? `was killed by ${signal ?? "a signal"}`
      : `ended with exit code ${exitCode} before its end`;
  throw new StepFailed(`The target did not answer in whole what was asked: the script ${how}.`, {
    isProof,
    evidence: stderr.trim().split("\n").at(-1) ?? "",
  });
}

/** What a script prints, in whole; for all that is read by a program. Throws `StepFailed` as `wholeOutput` does. */
export async function readOutput(
  { machine, signal }: Pick<StepContext, "machine" | "signal">,
  stage: Stage,
  script: string,
  timeoutMs: number,
  options?: Parameters<typeof wholeOutput>[1],
): Promise<string> {
  return wholeOutput(await machine.sh(stage, toItsEnd(script), { timeoutMs, signal }), options);
}
