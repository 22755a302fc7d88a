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

/** Shown by what Nix says when another machine builds; the same words mean something else where the target is spoken to. */
const ofBuildHosts: ReadonlySet<string> = new Set([
  "build-host-without-nix",
  "build-host-unreachable",
  "unsigned-paths",
]);

/** What the target does cannot be seen in the output of a build, which may speak of other machines in the same words. */
const seenInBuilds: ReadonlySet<string> = new Set(["local-build"]);

/**
 * Names the failure that the lines of a failed step show. The most specific failure wins, and of its lines the first one, which is
 * nearest to the cause. Undefined when no line is known.
 */
export function diagnose(step: StepId, lines: readonly string[]): Diagnosis | undefined {
  const possible = failures.filter(({ id }) => (step === "build" ? seenInBuilds.has(id) : !ofBuildHosts.has(id)));
  const candidates = possible.filter((failure) => !(waitingSteps.has(step) && expectedWhileWaiting.has(failure.id)));
  const fallbacks = possible.filter((failure) => !candidates.includes(failure));
  return firstSeen([...candidates, ...fallbacks], lines);
}

/** Names the failure that Nix shows when it lets another machine build; lines of the builds themselves begin with a name. */
export function diagnoseBuildHost(lines: readonly string[]): Diagnosis | undefined {
  return firstSeen(
    failures.filter(({ id }) => ofBuildHosts.has(id)),
    lines,
  );
}

function firstSeen(possible: readonly Failure[], lines: readonly string[]): Diagnosis | undefined {
  for (const failure of possible) {
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
