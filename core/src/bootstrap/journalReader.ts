import { createReadStream, statSync } from "node:fs";
import type { RunEvent } from "./events.ts";
import { parseJournal, passingEvents } from "./journal.ts";

export interface JournalReader {
  /**
   * Hands over what was written since the last time, part by part, so that a long journal never stands still in the way of others.
   * Throws `JournalTooNew`. A journal that is not there is an empty one.
   */
  read(onEvents: (events: readonly RunEvent[]) => void): Promise<void>;
}

export interface JournalReaderOptions {
  /** Whether events that come by the hundred, such as lines of the log, are left out. */
  readonly leavesOutPassing?: boolean;
}

/** Begins of lines as `openJournal` writes them: enough to see that a line need not be parsed. */
const lineBegin = /^\{"seq":\d+,"time":"[^"]*","type":"([a-z-]+)"/;

/** Reads a journal that may still be written: a line that is not complete yet is read the next time. */
export function createJournalReader(
  path: string,
  { leavesOutPassing = false }: JournalReaderOptions = {},
): JournalReader {
  let offset = 0;
  const isWanted = (line: string): boolean => {
    const type = leavesOutPassing ? lineBegin.exec(line)?.[1] : undefined;
    return type === undefined || !passingEvents.has(type);
  };
  return {
    async read(onEvents) {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size < offset) offset = 0;
      if (size === offset) return;
      let rest: Buffer = Buffer.alloc(0);
      for await (const chunk of createReadStream(path, { start: offset })) {
        const bytes = Buffer.concat([rest, chunk as Buffer]);
        const end = bytes.lastIndexOf("\n") + 1;
        rest = bytes.subarray(end);
        offset += end;
        const lines = bytes.toString("utf8", 0, end).split("\n").filter(isWanted);
        const events = parseJournal(lines.join("\n"));
        if (events.length > 0) onEvents(events);
      }
    },
  };
}
