import { type Failure, failures } from "./failures.ts";
import type { StepId } from "./stepId.ts";

/** What went wrong, as far as the output of a step tells. */
export interface Diagnosis {
  readonly failure: Failure;
  /** The line that shows it. */
  readonly evidence: string;
}

/** Lines that are normal while a machine is going down or coming up. */
const expectedWhileWaiting: ReadonlySet<string> = new Set(["unreachable", "copy-broken"]);

const waitingSteps: ReadonlySet<StepId> = new Set(["kexec", "reboot"]);

/** What the target does cannot be seen in the output of a build, which may speak of other machines in the same words. */
const seenInBuilds: ReadonlySet<string> = new Set(["local-build"]);

/**
 * Names the failure that the lines of a failed step show. The most specific failure wins, and of its lines the first one, which is
 * nearest to the cause. Undefined when no line is known.
 */
export function diagnose(step: StepId, lines: readonly string[]): Diagnosis | undefined {
  const possible = step === "build" ? failures.filter(({ id }) => seenInBuilds.has(id)) : failures;
  const candidates = possible.filter((failure) => !(waitingSteps.has(step) && expectedWhileWaiting.has(failure.id)));
  const fallbacks = possible.filter((failure) => !candidates.includes(failure));
  for (const failure of [...candidates, ...fallbacks]) {
    const evidence = lines.find((line) => failure.pattern.test(line));
    if (evidence !== undefined) return { failure, evidence: evidence.trim() };
  }
  return undefined;
}

const lostConnections: ReadonlySet<string> = new Set(["copy-broken", "unreachable"]);

/** The line that shows that a program failed because its connection was lost; undefined when it failed for another reason. */
export function connectionLostBy(lines: readonly string[]): string | undefined {
  const seen = diagnose("install", lines);
  return seen && lostConnections.has(seen.failure.id) ? seen.evidence : undefined;
}
