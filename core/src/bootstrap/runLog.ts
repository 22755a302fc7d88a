import type { RunEvent } from "./events.ts";
import { killedForMemory } from "./kernelLog.ts";
import { plainText } from "./plainText.ts";
import type { StepId } from "./stepId.ts";

export type LogLevel = "info" | "warning" | "error";

export interface LogLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly step: StepId | undefined;
  /** Who says it: a program or step, the target's kernel, or the run about its steps. */
  readonly source: "program" | "kernel" | "run";
  readonly level: LogLevel;
  readonly text: string;
}

/** The last lines of a run's log. */
export interface RunLog {
  readonly lines: readonly LogLine[];
  /** How many lines came before those. */
  readonly dropped: number;
}

/** Lines that are kept to be looked at; the file in the run's directory has all. */
export const mostLines = 10_000;

/** A longer line is cut off there, in UTF-16 units. */
export const longestText = 1_000;

export const emptyLog: RunLog = { lines: [], dropped: 0 };

/** A log after further events. */
export function appendToLog(log: RunLog, events: readonly RunEvent[]): RunLog {
  const lines = [...log.lines];
  let { dropped } = log;
  const drop = (surplus: number): void => {
    if (surplus <= 0) return;
    lines.splice(0, surplus);
    dropped += surplus;
  };
  for (const event of events) {
    lines.push(...linesOf(event));
    // The whole log of a long run comes at once when it is opened.
    if (lines.length > 2 * mostLines) drop(mostLines);
  }
  drop(lines.length - mostLines);
  return { lines, dropped };
}

/** A line of the file that a run's log is kept in. */
export function logFileLine({ time, step, line }: Extract<RunEvent, { type: "log" }>): string {
  return `${time} ${step}: ${plainText(line)}\n`;
}

/** What an event says in the log. */
function linesOf(event: RunEvent): readonly LogLine[] {
  const { time } = event;
  const line = (source: LogLine["source"], level: LogLevel, said: string, step?: StepId): LogLine => {
    const plain = plainText(said);
    return { time, step, source, level, text: plain.length > longestText ? `${plain.slice(0, longestText)}…` : plain };
  };
  const ofRun = (said: string, step?: StepId, level: LogLevel = "info"): LogLine[] =>
    said.split("\n").map((each) => line("run", level, each, step));
  switch (event.type) {
    case "log":
      return [line("program", event.level, event.line, event.step)];
    case "kernel":
      return [line("kernel", killedForMemory([event.line]) === undefined ? "info" : "error", event.line, event.step)];
    case "step-started":
      return ofRun(event.title, event.step);
    case "step-finished":
      return ofRun(
        `Done in ${(event.milliseconds / 1000).toFixed(1)} s${event.detail && `: ${event.detail}`}`,
        event.step,
      );
    case "step-skipped":
      return ofRun(`Skipped: ${event.reason}`, event.step);
    case "step-failed":
      return ofRun(event.message, event.step, "error");
    case "checked":
      return ofRun(
        `${event.passed ? "Passed" : "Failed"}: ${event.check}${event.detail && `: ${event.detail}`}`,
        event.step,
        event.passed ? "info" : "error",
      );
    case "question":
      return ofRun(event.question.text);
    case "answered":
      return ofRun(event.accepted ? "Answered." : "Refused.");
    case "cancel-requested":
      return ofRun("Cancelling; the target is left as it is.", undefined, "warning");
    case "run-finished":
      return ofRun(`The target: ${event.state}.`);
    case "run-started":
    case "planned":
    case "step-progress":
    case "sample":
    case "noted":
      return [];
  }
}
