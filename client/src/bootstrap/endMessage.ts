import type { RunOutcome } from "../../../core/src/bootstrap/events.ts";
import type { RunProcess } from "../../../core/src/bootstrap/panelMessages.ts";
import type { RunState } from "../../../core/src/bootstrap/runState.ts";
import { elapsed } from "../../../core/src/durations.ts";

export interface EndMessage {
  readonly severity: "info" | "warning" | "error";
  readonly text: string;
  readonly buttons: readonly ("Show" | "Save Report" | "Resume")[];
}

/** What is said when a run has come to rest. */
export function endMessage(state: RunState, process: Exclude<RunProcess, "running">): EndMessage {
  const { host, target, outcome } = state;
  if (process === "missing")
    return { severity: "warning", text: `The files of the bootstrap of ${host} on ${target} are gone.`, buttons: [] };
  if (process === "interrupted" || outcome === undefined)
    return {
      severity: "warning",
      text: `The bootstrap of ${host} on ${target} was interrupted: its process is gone.`,
      buttons: ["Show", "Resume"],
    };
  return outcomeMessage(state, outcome);
}

function outcomeMessage({ host, target, failure, targetState, workedMs }: RunState, outcome: RunOutcome): EndMessage {
  const took = elapsed(workedMs);
  const left = targetState === undefined ? "" : ` The target: ${targetState}.`;
  switch (outcome) {
    case "installed":
      return {
        severity: "info",
        text: `NixOS runs on ${target} after ${took}: ${host} is installed, and every check passed.`,
        buttons: ["Show", "Save Report"],
      };
    case "proof-failed":
      return {
        severity: "warning",
        text: `${host} is installed on ${target} after ${took}, and a check failed.`,
        buttons: ["Show", "Save Report"],
      };
    case "cancelled":
      return {
        severity: "info",
        text: `The bootstrap of ${host} on ${target} was cancelled after ${took}.${left}`,
        buttons: ["Show", "Save Report"],
      };
    case "failed":
    case "not-started":
      return {
        severity: "error",
        text: `The bootstrap of ${host} on ${target} ${outcome === "failed" ? `failed after ${took}` : "did not begin"}: ${reasonOf(failure)}${left}`,
        buttons: ["Show", "Save Report"],
      };
  }
}

/** The first line of what went wrong; the rest is in the panel. */
function reasonOf(failure: RunState["failure"]): string {
  const [line = "the panel says why."] = (failure?.cause ?? failure?.message)?.split("\n") ?? [];
  // What to write in a terminal; the panel has a choice for it.
  return line.replace(/ \(--accept [\w-]+\)/g, "");
}
