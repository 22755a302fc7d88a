import { isListening } from "./controlClient.ts";
import type { RunOutcome, TargetState } from "./events.ts";
import { JournalTooNew } from "./journal.ts";
import { readRunRequest, readRunState } from "./readRun.ts";
import { listRuns, runDirectory } from "./runDirectory.ts";
import type { RunState } from "./runState.ts";
import type { StepId } from "./stepId.ts";

/** Where a run stands; `interrupted` when its process is gone and has not said how it ended. */
export type RunStatus = "running" | "interrupted" | RunOutcome | "written by a newer nixos-vps" | "cannot be read";

/** A run as lists show it. */
export interface RunSummary {
  readonly id: string;
  readonly path: string;
  readonly host: string;
  readonly target: string;
  /** Absolute path of the flake's directory, when it is on this computer. */
  readonly flake: string | undefined;
  /** ISO 8601, UTC; empty when it never began. */
  readonly startedAt: string;
  readonly status: RunStatus;
  /** The step that it is at. */
  readonly step: StepId | undefined;
  /** Whether it waits for an answer. */
  readonly isAsking: boolean;
  readonly targetState: TargetState | undefined;
}

/** All runs, the newest first. Rejects with what the system says of a root that cannot be read. */
export async function summarizeRuns(root: string): Promise<RunSummary[]> {
  return Promise.all(listRuns(root).map((id) => summarizeRun(root, id)));
}

async function summarizeRun(root: string, id: string): Promise<RunSummary> {
  const directory = runDirectory(root, id);
  const { path, socket } = directory;
  const asked = readRunRequest(directory);
  const reference = { id, path, host: asked.reference?.host ?? "", target: asked.target ?? "" };
  const flake = asked.reference?.directory;
  let state: RunState;
  try {
    state = await readRunState(directory);
  } catch (error) {
    // Such as one that was started as root: it must not hide the others.
    const status = error instanceof JournalTooNew ? "written by a newer nixos-vps" : "cannot be read";
    return {
      ...reference,
      ...{ flake, startedAt: "", status, step: undefined, isAsking: false, targetState: undefined },
    };
  }
  const { outcome, startedAt, targetState } = state;
  const status = outcome ?? ((await isListening(socket)) ? "running" : "interrupted");
  return {
    ...reference,
    host: state.host || reference.host,
    target: state.target || reference.target,
    ...{ flake, startedAt, status, targetState },
    step: state.steps.findLast((step) => step.status !== "waiting")?.id,
    isAsking: status === "running" && state.question !== undefined,
  };
}
