import type { RunSummary } from "../../../core/src/bootstrap/runSummary.ts";

/** Whether a run ended otherwise than well, or not at all. */
export function canResume({ status }: Pick<RunSummary, "status">): boolean {
  return ["interrupted", "failed", "cancelled", "not-started", "proof-failed"].includes(status);
}
