import type { RunStatus, RunSummary } from "../../../core/src/bootstrap/runSummary.ts";
import { stepTitles } from "../../../core/src/bootstrap/stepId.ts";

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
};

/** A run in a list. */
export function describeRun(
  { host, target, status, startedAt, step, isAsking }: RunSummary,
  now: Date,
): RunDescription {
  const words = isAsking ? "waits for your answer" : statusWords[status];
  const isAt = step !== undefined && status !== "installed";
  return {
    label: host || "unknown host",
    description: `${words}${startedAt === "" ? "" : `, ${age(new Date(startedAt), now)}`}`,
    detail: [target, ...(isAt ? [stepTitles[step]] : [])].join(" - "),
  };
}

/** How long ago something was, roughly: `12 min ago`, `3 days ago`. */
export function age(then: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - then.getTime()) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "yesterday" : days < 60 ? `${days} days ago` : then.toISOString().slice(0, 10);
}
