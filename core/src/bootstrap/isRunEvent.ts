import { type RunEvent, runOutcomes } from "./events.ts";
import { anything, either, flag, listOf, number, object, oneOf, optional, type Shape, text } from "./shape.ts";
import { stepIds } from "./stepId.ts";

const step = oneOf(stepIds);
const verdict = oneOf(["ok", "tight", "blocked"]);

/** As far as it is drawn. */
export const isPlan = object({
  version: oneOf([1]),
  host: text,
  target: text,
  buildHost: optional(text),
  image: object({ initrdMiB: number }),
  facts: object({}),
  preflight: listOf(
    object({
      id: text,
      severity: oneOf(["error", "warning", "info"]),
      message: text,
      remedy: text,
      place: optional(object({ file: text, line: number })),
    }),
  ),
  forecast: listOf(
    object({
      step,
      what: text,
      needMiB: number,
      haveMiB: number,
      verdict,
      action: text,
      totalMiB: number,
      taken: listOf(object({ what: text, mib: number })),
      swapMiB: number,
    }),
  ),
  verdict,
  steps: listOf(object({ id: step, title: text, action: oneOf(["run", "skip"]), reason: text })),
  pointOfNoReturn: step,
});

const isWantedSecret = either(
  object({ kind: oneOf(["passphrase"]), file: text, isWrong: flag, takesPassword: flag }),
  object({ kind: oneOf(["password"]), isWrong: flag }),
);

const bodies: Readonly<Record<RunEvent["type"], Shape<unknown>>> = {
  "run-started": object({ version: number, host: text, target: text, pid: number }),
  planned: object({ plan: isPlan }),
  "step-started": object({ step, title: text }),
  "step-progress": object({
    step,
    text,
    done: optional(number),
    total: optional(number),
    unit: optional(oneOf(["bytes", "paths"])),
    bytesPerSecond: optional(number),
    secondsLeft: optional(number),
  }),
  "step-finished": object({ step, milliseconds: number, detail: text }),
  "step-skipped": object({ step, reason: text }),
  "step-failed": object({
    step,
    message: text,
    failure: optional(text),
    cause: optional(text),
    remedy: optional(text),
    evidence: optional(text),
    wants: optional(isWantedSecret),
    resumeFrom: step,
  }),
  log: object({ step, level: oneOf(["info", "warning", "error"]), line: text }),
  sample: object({ availableMiB: number, totalMiB: number, zramMiB: number, storeMiB: number }),
  kernel: object({ step, line: text }),
  question: object({
    question: object({
      id: text,
      kind: oneOf(["confirm-host-key", "confirm-wipe"]),
      text,
      expects: text,
      wipes: optional(
        object({
          address: text,
          disks: listOf(object({ device: text, model: text, serial: text, sizeBytes: number })),
        }),
      ),
    }),
  }),
  answered: object({ question: text, accepted: flag }),
  checked: object({ step, check: text, passed: flag, detail: text }),
  noted: object({ notes: anything }),
  "cancel-requested": anything,
  "run-finished": object({ outcome: oneOf(Object.keys(runOutcomes)), state: text }),
};

/** Whether a value is numbered as events are; it may be of a type that is not known. */
export const isNumbered: Shape<{ readonly seq: number; readonly type: string }> = object({ seq: number, type: text });

/** Whether a value is an event as this program writes it. */
export function isRunEvent(value: unknown): value is RunEvent {
  if (!isNumbered(value) || !Object.hasOwn(bodies, value.type)) return false;
  return "time" in value && text(value.time) && bodies[value.type as RunEvent["type"]](value);
}
