import type { RunStatus, RunSummary } from "../../../core/src/bootstrap/runSummary.ts";
import { stepTitles } from "../../../core/src/bootstrap/stepId.ts";
import { describeAge } from "../../../core/src/describeAge.ts";

export interface RunDescription {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

const statusWords: Readonly<Record<RunStatus, string>> = {
  running: "at work",
  interrupted: "interrupted",
  installed: "installed and proven",
  failed: "failed",
  "not-started": "did not begin",
  cancelled: "cancelled",
  "proof-failed": "installed, a check failed",
  "written by a newer nixos-vps": "written by a newer version",
  "cannot be read": "cannot be read",
};

/** A run in a list; `now` in milliseconds. */
export function describeRun(
  { host, target, status, startedAt, step, isAsking }: RunSummary,
  now: number,
): RunDescription {
  const words = isAsking ? "waits for your answer" : statusWords[status];
  const isAt = step !== undefined && status !== "installed";
  return {
    label: host || "unknown host",
    description: `${words}${startedAt === "" ? "" : `, ${describeAge(Date.parse(startedAt), now)}`}`,
    detail: [target, ...(isAt ? [stepTitles[step]] : [])].join(" - "),
  };
}
