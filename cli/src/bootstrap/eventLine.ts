import type { RunEvent } from "../../../core/src/bootstrap/events.ts";
import { printable } from "../formats/printable.ts";

/** An event as a line of plain text; undefined for what only a live view shows. */
export function eventLine(event: RunEvent): string | undefined {
  switch (event.type) {
    case "step-started":
      return `> ${event.title}`;
    case "step-finished":
      return `  done in ${(event.milliseconds / 1000).toFixed(1)} s${event.detail ? `: ${printable(event.detail)}` : ""}`;
    case "step-skipped":
      return `- ${event.step}: skipped: ${printable(event.reason)}`;
    case "step-failed":
      return failureLines(event).join("\n");
    case "checked":
      return `  ${event.passed ? "ok    " : "FAILED"} ${event.check}${event.detail ? `: ${printable(event.detail)}` : ""}`;
    case "log":
      return `  | ${printable(event.line)}`;
    case "kernel":
      return `  kernel: ${printable(event.line)}`;
    case "question":
      return `? ${printable(event.question.text)}`;
    case "cancel-requested":
      return "Cancelling; the target is left as it is.";
    case "run-finished":
      return `The target: ${event.state}.`;
    default:
      return undefined;
  }
}

function failureLines({ message, cause, remedy, evidence }: Extract<RunEvent, { type: "step-failed" }>): string[] {
  return [
    ...message.split("\n").map((line) => `! ${printable(line)}`),
    ...(cause === undefined ? [] : [`  cause: ${printable(cause)}`]),
    ...(remedy === undefined ? [] : [`  what to do: ${printable(remedy)}`]),
    ...(evidence === undefined ? [] : [`  seen: ${printable(evidence)}`]),
  ];
}
