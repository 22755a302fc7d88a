import type { RunSummary } from "../../../core/src/bootstrap/runSummary.ts";

/** Whether a run ended otherwise than well, or not at all. */
export function canResume({ status }: Pick<RunSummary, "status">): boolean {
  return ["interrupted", "failed", "cancelled", "not-started", "proof-failed"].includes(status);
}

/** Whether a run has come to an end, at which it wrote its report. */
export function hasReport({ status }: Pick<RunSummary, "status">): boolean {
  return status !== "running" && status !== "interrupted";
}
