import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { RunEvent, RunEventBody } from "./events.ts";
import { RunUnwritable } from "./runUnwritable.ts";

/** Version of the events; a journal with a higher one was written by a newer program. */
const journalVersion = 1;

export class JournalTooNew extends Error {
  override readonly name = "JournalTooNew";
}

export interface Journal {
  /**
   * Numbers, times and writes an event; it is on disk when this returns, but for what only passes by (logs, samples, progress), and
   * unless it could not be written: then `failure` says why, and the next call tries again.
   */
  append(body: RunEventBody): RunEvent;
  /** What was written. */
  events(): readonly RunEvent[];
  /** Why an event could not be written when it happened. */
  readonly failure: RunUnwritable | undefined;
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
  let size = Buffer.byteLength(text.slice(0, text.lastIndexOf("\n") + 1));
  ftruncateSync(descriptor, size);
  let last = events.at(-1)?.seq ?? 0;
  let unwritten: RunEvent[] = [];
  let failure: RunUnwritable | undefined;
  return {
    append(body) {
      last += 1;
      const event: RunEvent = { seq: last, time: now().toISOString(), ...body };
      unwritten.push(event);
      const lines = Buffer.from(unwritten.map((each) => `${JSON.stringify(each)}\n`).join(""));
      try {
        writeAll(descriptor, lines);
        if (unwritten.some(({ type }) => !passingEvents.has(type))) fsyncSync(descriptor);
        size += lines.length;
        events.push(...unwritten);
        unwritten = [];
      } catch (error) {
        failure ??= new RunUnwritable(path, error);
        cutOff(descriptor, size);
      }
      return event;
    },
    events: () => events,
    get failure() {
      return failure;
    },
    close: () => closeSync(descriptor),
  };
}

/** A disk that gets full takes a part of what it is given and says so at the next attempt (write(2)). */
function writeAll(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}

/** Takes away what was written of lines that do not fit; readers leave out what cannot be taken away. */
function cutOff(descriptor: number, size: number): void {
  try {
    ftruncateSync(descriptor, size);
  } catch {
    // The file system takes nothing any more.
  }
}
