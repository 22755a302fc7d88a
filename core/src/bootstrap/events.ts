import type { DiskIdentity } from "./diskScripts.ts";
import type { WantedSecret } from "./loginSecrets.ts";
import type { BootstrapPlan } from "./plan.ts";
import type { RunNotes } from "./runNotes.ts";
import type { StepId } from "./stepId.ts";

/** How a run ended; the numbers are the exit codes of the command. */
export const runOutcomes = { installed: 0, failed: 1, "not-started": 2, cancelled: 3, "proof-failed": 4 } as const;
export type RunOutcome = keyof typeof runOutcomes;

/** What a machine is left in when a run ends early. */
export type TargetState =
  | "old system running, nothing changed"
  | "old system running, prepared"
  | "installer running, disk untouched"
  | "disk wiped, not installed"
  | "installed, not yet proven"
  | "installed and proven"
  | "not known";

/** One thing that can be asked of the person who runs it; the answer arrives by the control socket or the terminal. */
export interface Question {
  /** Made anew each time that something is asked. */
  readonly id: string;
  readonly kind: "confirm-host-key" | "confirm-wipe";
  readonly text: string;
  /** What has to be typed: `yes`, or the name of the host for a wipe. */
  readonly expects: string;
  /** What a wipe destroys, as the target shows it at this moment. */
  readonly wipes?: {
    /** Address of the machine, with the port when it is not 22. */
    readonly address: string;
    readonly disks: readonly DiskIdentity[];
  };
}

/** What happens in a run, as the journal keeps it; `RunEvent` adds number and time. Plain JSON; never a secret. */
export type RunEventBody =
  | {
      readonly type: "run-started";
      readonly version: 1;
      readonly host: string;
      readonly target: string;
      readonly pid: number;
    }
  | { readonly type: "planned"; readonly plan: BootstrapPlan }
  | { readonly type: "step-started"; readonly step: StepId; readonly title: string }
  | {
      readonly type: "step-progress";
      readonly step: StepId;
      readonly text: string;
      readonly done?: number;
      readonly total?: number;
      readonly unit?: "bytes" | "paths";
      readonly bytesPerSecond?: number;
      readonly secondsLeft?: number;
    }
  | { readonly type: "step-finished"; readonly step: StepId; readonly milliseconds: number; readonly detail: string }
  | { readonly type: "step-skipped"; readonly step: StepId; readonly reason: string }
  | {
      readonly type: "step-failed";
      readonly step: StepId;
      readonly message: string;
      readonly failure?: string;
      readonly cause?: string;
      readonly remedy?: string;
      readonly evidence?: string;
      /** What would have let us in: asked for before the run is taken up again. */
      readonly wants?: WantedSecret;
      readonly resumeFrom: StepId;
    }
  | { readonly type: "log"; readonly step: StepId; readonly level: "info" | "warning" | "error"; readonly line: string }
  | {
      readonly type: "sample";
      readonly availableMiB: number;
      readonly totalMiB: number;
      readonly zramMiB: number;
      readonly storeMiB: number;
    }
  | { readonly type: "kernel"; readonly step: StepId; readonly line: string }
  | { readonly type: "question"; readonly question: Question }
  | { readonly type: "answered"; readonly question: string; readonly accepted: boolean }
  | {
      readonly type: "checked";
      readonly step: StepId;
      readonly check: string;
      readonly passed: boolean;
      readonly detail: string;
    }
  | { readonly type: "noted"; readonly notes: RunNotes }
  | { readonly type: "cancel-requested" }
  | { readonly type: "run-finished"; readonly outcome: RunOutcome; readonly state: TargetState };

export type RunEvent = RunEventBody & {
  /** Counts from 1 without gaps. */
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly time: string;
};
