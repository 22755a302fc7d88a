import type { ProcessOptions, ProcessResult } from "../process/runProcess.ts";
import type { Question, RunEventBody } from "./events.ts";
import type { WantedSecret } from "./loginSecrets.ts";
import type { Machine } from "./machine.ts";
import type { BootstrapPlan } from "./plan.ts";
import type { BootstrapRequest } from "./request.ts";
import type { RunDirectory } from "./runDirectory.ts";
import type { RunNotes } from "./runNotes.ts";
import type { StepId } from "./stepId.ts";

/** What a step works with. */
export interface StepContext {
  readonly request: BootstrapRequest;
  /** Disks that may be wiped without a question, as whoever started this process says; empty when it has to be asked. */
  readonly yesWipe: readonly string[];
  readonly plan: BootstrapPlan;
  readonly directory: RunDirectory;
  readonly machine: Machine;
  /** Aborted when the run is cancelled or the step's time is over. */
  readonly signal: AbortSignal;
  /** What was noted so far. */
  readonly notes: RunNotes;
  note(notes: RunNotes): void;
  log(line: string, level?: "info" | "warning" | "error"): void;
  progress(progress: Omit<Extract<RunEventBody, { type: "step-progress" }>, "type" | "step">): void;
  check(check: string, passed: boolean, detail: string): void;
  /** Waits for a person; the step's time stands still meanwhile. Throws `StepFailed` when nobody can answer. */
  ask(question: Omit<Question, "id">): Promise<void>;
  /** Runs a local program; its lines go to the log and it ends with the run. */
  runLocal(argv: readonly [string, ...string[]], options?: Partial<ProcessOptions>): Promise<ProcessResult>;
  /** To be told of process groups that the step starts by other ways, so that they can be ended when this process is gone. */
  onStarted(processGroup: number): void;
  /** Lines of the target's kernel log since the step began. */
  kernelLines(): readonly string[];
}

/** A stage of a bootstrap. Each may be repeated. */
export interface Step {
  readonly id: StepId;
  readonly title: string;
  readonly timeoutMs: number;
  /** By what it shows on the target that the step was done before; undefined when it has to run. Changes nothing. */
  isDone(context: StepContext): Promise<string | undefined>;
  /** Resolves to what it did, in a few words. */
  run(context: StepContext): Promise<string>;
  /** Throws `StepFailed` when what the step is for is not so. */
  verify(context: StepContext): Promise<void>;
}

export interface StepFailedOptions {
  readonly failure?: string | undefined;
  readonly evidence?: string | undefined;
  readonly isProof?: boolean;
  readonly wants?: WantedSecret | undefined;
}

/** A step did not do what it is for; the message is for the person who runs it. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";
  /** Id of the failure, when the step knows it. */
  readonly failure: string | undefined;
  readonly evidence: string | undefined;
  /** Whether everything is installed and only a proof failed. */
  readonly isProof: boolean;
  /** What would have let us in. */
  readonly wants: WantedSecret | undefined;
  constructor(message: string, { failure, evidence, isProof = false, wants }: StepFailedOptions = {}) {
    super(message);
    this.failure = failure;
    this.evidence = evidence;
    this.isProof = isProof;
    this.wants = wants;
  }
}

/** For steps whose effect `run` itself has made sure of. */
export const verified = async (): Promise<void> => undefined;

/** For steps that are always run. */
export const neverDone = async (): Promise<undefined> => undefined;
