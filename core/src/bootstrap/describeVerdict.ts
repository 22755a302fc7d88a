import type { BootstrapPlan } from "./plan.ts";
import type { PreflightFinding } from "./preflight.ts";

type Judged = Pick<BootstrapPlan, "verdict" | "forecast" | "facts" | "preflight">;

/** The errors that a plan goes on in spite of, because they were accepted. */
export function acceptedErrors({ verdict, preflight }: Judged): readonly PreflightFinding[] {
  return verdict === "blocked" ? [] : preflight.filter(({ severity }) => severity === "error");
}

/** What a plan comes to, in a sentence. Without a forecast nobody knows whether it works. */
export function describeVerdict(plan: Judged): string {
  const { verdict, forecast, facts, preflight } = plan;
  if (verdict === "blocked") return "It cannot work like this.";
  if (forecast.length === 0) {
    const machine = facts.disks === "unknown" ? "memory and disks" : "memory";
    return `Whether it works is not known: the facts do not say what ${machine} the target has.`;
  }
  const { length } = acceptedErrors(plan);
  const accepted = length === 1 ? "an error was accepted" : `${length} errors were accepted`;
  if (verdict === "tight")
    return length > 0 ? `The memory is tight, and ${accepted}.` : "It should work; the memory is tight.";
  const isPartlyKnown = preflight.some(({ id }) => id === "unknown-facts" || id === "unknown-configuration");
  const nothing = `Nothing ${length > 0 ? "else " : ""}${isPartlyKnown ? "that is known " : ""}stands against it`;
  return length > 0 ? `${nothing}: ${accepted}.` : `${nothing}.`;
}
