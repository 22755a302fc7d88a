import type { RunEvent, TargetState } from "./events.ts";
import { notesOf } from "./runNotes.ts";
import type { StepId } from "./stepId.ts";

/** What a run has left a machine in, from what is written of it. */
export function targetStateOf(events: readonly RunEvent[]): TargetState {
  const has = (type: "step-started" | "step-finished", step: StepId): boolean =>
    events.some((event) => event.type === type && event.step === step);
  const notes = notesOf(events);
  if (has("step-finished", "proof-after-boot")) return "installed and proven";
  if (has("step-finished", "install")) return "installed, not yet proven";
  if (notes.diskoBootId !== undefined) return "disk wiped, not installed";
  if (notes.installerBootId) return "installer running, disk untouched";
  // The installer ran, and what runs now is not known.
  if (notes.installerBootId === "" && notes.isKexecBegun !== false) return "not known";
  // It boots by itself some seconds after it was loaded.
  if (has("step-started", "kexec") && notes.isKexecBegun !== false) return "not known";
  if (has("step-started", "connect")) return "old system running, prepared";
  return "old system running, nothing changed";
}
