import type { Disposable } from "vscode";
import type { RunEvent } from "../../../core/src/bootstrap/events.ts";
import type { PanelChoices, RunProcess } from "../../../core/src/bootstrap/panelMessages.ts";
import type { BootstrapPlan } from "../../../core/src/bootstrap/plan.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";

/** A bootstrap that can be started: what was asked for, and what would happen. */
export interface PlannedBootstrap {
  readonly request: Omit<BootstrapRequest, "nixosAnywhere">;
  readonly plan: BootstrapPlan;
}

/** What is told of a run while it is followed. */
export interface RunFollower {
  /** Events from the number that was asked for on, in their order, as many at a time as there are. */
  onEvents(events: readonly RunEvent[]): void;
  /** Told at first and whenever it changes: a run that ended may be taken up again, from this window or another. */
  onProcess(process: RunProcess): void;
}

/** What the panel can have done. Each rejects with an error whose message is for the person who asked for it. */
export interface BootstrapPanelActions {
  /** Follows a run until it is disposed; never throws. */
  follow(run: string, from: number, follower: RunFollower): Disposable;
  /**
   * Resolves to the id of the run. It rejects with the signal's reason when it is no longer wanted; a run that was begun by then goes
   * on, and is noticed as one that was started elsewhere.
   */
  start(planned: PlannedBootstrap, choices: PanelChoices, signal: AbortSignal): Promise<string>;
  /** Plans once more; `extraFiles` is the directory that is copied over the installed system. */
  replan(
    planned: PlannedBootstrap,
    choices: PanelChoices & { readonly extraFiles: string | undefined },
    signal: AbortSignal,
  ): Promise<PlannedBootstrap>;
  /** Asks for a directory; undefined when none was chosen. */
  chooseExtraFiles(planned: PlannedBootstrap): Promise<string | undefined>;
  /** Asks for the machine that is to build; undefined when none was chosen. */
  chooseBuildHost(planned: PlannedBootstrap): Promise<string | undefined>;
  /** Asks host and target anew, as the command does. */
  planAgain(): Promise<void>;
  cancel(run: string): Promise<void>;
  /** Asks the question natively and sends the answer. */
  answer(run: string, question: string): Promise<void>;
  resume(run: string, changes: Partial<PanelChoices>): Promise<void>;
  /** Asks for the machine that is to build, and resumes with it. */
  resumeOnBuildHost(run: string): Promise<void>;
  /** A file as a plan names it: relative to the flake, or absolute. The line counts from 1. */
  openFinding(of: PlannedBootstrap | string, file: string, line: number): Promise<void>;
  openTroubleshooting(failure: string): Promise<void>;
  openLog(run: string): Promise<void>;
  openRunFolder(run: string): Promise<void>;
  saveReport(run: string): Promise<void>;
  copy(text: string): Promise<void>;
}
