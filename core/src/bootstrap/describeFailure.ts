import { diagnose } from "./diagnose.ts";
import type { RunEventBody } from "./events.ts";
import { type Failure, failures } from "./failures.ts";
import type { BootstrapPlan } from "./plan.ts";
import { ConnectionFailed } from "./remote.ts";
import { RunUnwritable } from "./runUnwritable.ts";
import { StepFailed } from "./step.ts";
import { type StepId, stepIds } from "./stepId.ts";

/** Something stands against the plan that was not accepted. */
export class PlanRefused extends Error {
  override readonly name = "PlanRefused";
}

/** Throws `PlanRefused` with all that stands against a plan. */
export function refuseIfBlocked(plan: BootstrapPlan, accept: readonly string[]): void {
  if (plan.verdict === "blocked") throw new PlanRefused(reasonsOf(plan, accept));
}

function reasonsOf({ preflight, forecast }: BootstrapPlan, accept: readonly string[]): string {
  const findings = preflight
    .filter(({ id, severity }) => severity === "error" && !accept.includes(id))
    .map(({ id, message, remedy }) => `${/[.!?]$/.test(message) ? message : `${message}.`} ${remedy} (--accept ${id})`);
  const memory = forecast
    .filter(({ verdict }) => verdict === "blocked")
    .map(({ what, needMiB, haveMiB, action }) => `${what}: needs ${needMiB} MiB, has ${haveMiB} MiB. ${action}`);
  return [...findings, ...memory].join("\n");
}

/** What the journal says of a step that failed. */
export function describeFailure(
  step: StepId,
  error: unknown,
  lines: readonly string[],
): Omit<Extract<RunEventBody, { type: "step-failed" }>, "type"> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof PlanRefused) return { step, message, resumeFrom: "inspect" };
  if (error instanceof RunUnwritable) {
    const cause =
      "What is done to the machine is written down first, so that it can be taken up again; nothing more was begun.";
    return {
      step,
      message,
      cause,
      remedy: "Make room there, or make it writable again, and resume the run.",
      resumeFrom: step,
    };
  }
  const own = error instanceof StepFailed ? error : undefined;
  const wants = error instanceof StepFailed || error instanceof ConnectionFailed ? error.wants : undefined;
  const named = failures.find(({ id }) => id === own?.failure);
  const seen = diagnose(step, [
    ...(own?.evidence === undefined ? [] : [own.evidence]),
    ...message.split("\n"),
    ...lines,
  ]);
  const failure = named ?? seen?.failure;
  // What a program said last is better than nothing; lines of a shell's trace say what it was about to do.
  const last = lines.findLast((line) => !line.startsWith("+"));
  const evidence = own?.evidence ?? seen?.evidence ?? last;
  return {
    step,
    message,
    ...(failure ? { failure: failure.id, cause: failure.cause, remedy: failure.remedy } : {}),
    ...(evidence === undefined ? {} : { evidence }),
    ...(wants === undefined ? {} : { wants }),
    resumeFrom: resumeFrom(step, own, failure),
  };
}

/**
 * What a check finds before the reboot is put right in the configuration; the installer waits for that. After the reboot there is nothing
 * that could be done again but the proof.
 */
function resumeFrom(step: StepId, own: StepFailed | undefined, failure: Failure | undefined): StepId {
  if (own?.isProof && step === "proof-before-reboot") return "build";
  if (step === "proof-after-boot") return step;
  const from = failure?.resumeFrom ?? step;
  return stepIds.indexOf(from) < stepIds.indexOf(step) ? from : step;
}
