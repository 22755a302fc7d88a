import { type Disposable, type Event, EventEmitter, type LogOutputChannel } from "vscode";
import type { RunEvent } from "../../../core/src/bootstrap/events.ts";
import { followRun } from "../../../core/src/bootstrap/followRun.ts";
import type { RunProcess } from "../../../core/src/bootstrap/panelMessages.ts";
import { runDirectory } from "../../../core/src/bootstrap/runDirectory.ts";
import { applyEvent, type RunState, runStateOf } from "../../../core/src/bootstrap/runState.ts";
import { type RunSummary, summarizeRuns } from "../../../core/src/bootstrap/runSummary.ts";
import { watchRuns } from "../../../core/src/bootstrap/watchRuns.ts";

/** A run that this window follows. */
export interface TrackedRun {
  readonly id: string;
  readonly state: RunState;
  readonly process: RunProcess;
  /** Whether it was at work at some time since this window follows it. */
  readonly wasRunning: boolean;
}

export interface RunTracker extends Disposable {
  /** A run that is followed has changed. */
  readonly onDidChange: Event<TrackedRun>;
  /** Runs were added, began, or came to rest. */
  readonly onDidChangeList: Event<void>;
  /** Has lists read anew. */
  refresh(): void;
  /** Follows a run of this workspace from now on, or one that this window has just started. */
  attach(id: string, isStartedHere?: boolean): void;
  get(id: string): TrackedRun | undefined;
  living(): readonly TrackedRun[];
  /** Attaches what is at work for a flake of the workspace, now and whenever a run is begun or taken up again. */
  attachLiving(): Promise<void>;
}

export interface RunTrackerOptions {
  /** The directory of all runs. */
  readonly root: string;
  readonly log: LogOutputChannel;
  /** Whether a run is one of this workspace. */
  readonly isOwn: (run: RunSummary) => boolean;
}

/** Follows runs, whoever has started them: the run is another process, this only looks. */
export function createRunTracker({ root, log, isOwn }: RunTrackerOptions): RunTracker {
  const changed = new EventEmitter<TrackedRun>();
  const listChanged = new EventEmitter<void>();
  const runs = new Map<string, { tracked: TrackedRun; stop(): void }>();
  let watched: { stop(): void } | undefined;

  function update(id: string, change: (tracked: TrackedRun) => TrackedRun): void {
    const entry = runs.get(id);
    if (!entry) return;
    const before = entry.tracked;
    entry.tracked = change(before);
    changed.fire(entry.tracked);
    if (before.process !== entry.tracked.process) listChanged.fire();
  }

  function attach(id: string, isStartedHere = false): void {
    if (runs.has(id)) {
      if (isStartedHere) update(id, (run) => ({ ...run, process: "running", wasRunning: true }));
      return;
    }
    const tracked: TrackedRun = { id, state: runStateOf([]), process: "running", wasRunning: isStartedHere };
    const followed = followRun(runDirectory(root, id), 1, {
      onEvents: (events) =>
        update(id, (run) => ({ ...run, state: withoutPassing(events).reduce(applyEvent, run.state) })),
      onListening: () => update(id, (run) => ({ ...run, process: "running", wasRunning: true })),
      onEnded: (end) => update(id, (run) => ({ ...run, process: processAfter[end.reason] })),
    });
    runs.set(id, { tracked, stop: followed.stop });
    listChanged.fire();
  }

  async function attachLiving(): Promise<void> {
    for (const run of await summarizeRuns(root)) if (run.status === "running" && isOwn(run)) attach(run.id);
  }

  function onNoticed(): void {
    listChanged.fire();
    attachLiving().catch((error: unknown) => log.warn(`Runs: ${String(error)}`));
  }

  return {
    onDidChange: changed.event,
    onDidChangeList: listChanged.event,
    refresh: () => listChanged.fire(),
    attach,
    get: (id) => runs.get(id)?.tracked,
    living: () => [...runs.values()].map(({ tracked }) => tracked).filter(({ process }) => process === "running"),
    async attachLiving() {
      watched ??= watchRuns(root, {
        onChange: onNoticed,
        onError: (message) => log.warn(`Runs started elsewhere are not noticed: ${message}`),
      });
      await attachLiving();
      listChanged.fire();
    },
    dispose() {
      watched?.stop();
      for (const { stop } of runs.values()) stop();
      runs.clear();
      changed.dispose();
      listChanged.dispose();
    },
  };
}

const processAfter = {
  finished: "ended",
  interrupted: "interrupted",
  vanished: "missing",
  "too-new": "missing",
} as const;

/** Lines of the log and the kernel are the panel's. */
function withoutPassing(events: readonly RunEvent[]): readonly RunEvent[] {
  return events.filter(({ type }) => type !== "log" && type !== "kernel");
}
