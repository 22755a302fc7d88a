import { closeSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import type { RunEvent, RunEventBody } from "./events.ts";

/** Version of the events; a journal with a higher one was written by a newer program. */
const journalVersion = 1;

export class JournalTooNew extends Error {
  override readonly name = "JournalTooNew";
}

export interface Journal {
  /** Numbers, times and writes an event; it is on disk when this returns, but for what only passes by (logs, samples, progress). */
  append(body: RunEventBody): RunEvent;
  events(): readonly RunEvent[];
  close(): void;
}

/**
 * Events of a journal in JSON Lines. A last line that was not written to its end is left out, as are lines of types that are not
 * known. Throws `JournalTooNew` when a newer program wrote it.
 */
export function parseJournal(text: string): RunEvent[] {
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  const events = complete.split("\n").flatMap((line) => parseLine(line) ?? []);
  for (const event of events) {
    if (event.type === "run-started" && event.version > journalVersion) {
      throw new JournalTooNew(
        `This run was written by a newer nixos-vps (journal version ${event.version}, this one reads ${journalVersion}): update nixos-vps.`,
      );
    }
  }
  return events;
}

function parseLine(line: string): RunEvent | undefined {
  if (line.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const isEvent =
      typeof value === "object" && value !== null && "seq" in value && typeof value.seq === "number" && "type" in value;
    return isEvent ? (value as RunEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** Types of events that come by the hundred and that nothing is decided by. */
export const passingEvents: ReadonlySet<string> = new Set<RunEvent["type"]>([
  "log",
  "sample",
  "step-progress",
  "kernel",
]);

/** Opens a journal for appending, after the last complete line of what is there. */
export function openJournal(path: string, now: () => Date = () => new Date()): Journal {
  const descriptor = openSync(path, "a+", 0o600);
  const text = readFileSync(path, "utf8");
  const events = parseJournal(text);
  truncateSync(path, Buffer.byteLength(text.slice(0, text.lastIndexOf("\n") + 1)));
  return {
    append(body) {
      const event: RunEvent = { seq: (events.at(-1)?.seq ?? 0) + 1, time: now().toISOString(), ...body };
      writeSync(descriptor, `${JSON.stringify(event)}\n`);
      if (!passingEvents.has(event.type)) fsyncSync(descriptor);
      events.push(event);
      return event;
    },
    events: () => events,
    close: () => closeSync(descriptor),
  };
}
