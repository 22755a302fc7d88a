import { existsSync } from "node:fs";
import { connect } from "node:net";
import type { RunEvent, RunOutcome } from "./events.ts";
import { JournalTooNew, parseJournal } from "./journal.ts";
import { createJournalReader } from "./journalReader.ts";
import type { RunDirectory } from "./runDirectory.ts";

/** Why nothing more comes for now, or for good when the run vanished or is too new. */
export type FollowEnd =
  | { readonly reason: "finished"; readonly outcome: RunOutcome }
  /** The process is gone and has not said how it ended: it was killed, or the computer went down. */
  | { readonly reason: "interrupted" }
  | { readonly reason: "vanished" }
  | { readonly reason: "too-new"; readonly message: string };

export interface FollowOptions {
  /** Gets every event once, in order, many at a time where many are there. */
  readonly onEvents: (events: readonly RunEvent[]) => void;
  /** Called each time that the run's process is found at work. */
  readonly onListening?: () => void;
  /** Called each time that the run comes to rest. When it is taken up again, its events go on. */
  readonly onEnded: (end: FollowEnd) => void;
}

export interface FollowedRun {
  /** Ends the following, not the run. */
  stop(): void;
}

/** How often a run at rest is looked at, in case that somebody resumes it. */
const restMs = 1_000;

/** A process that starts, or has just closed its socket, is waited for. */
const graceMs = 2_000;
const retryMs = 100;

/**
 * Follows a run from an event number on: what is past from its journal, what comes from its control socket. Sockets that die, a
 * journal that ends in the middle of a line and a process that was killed are all read the same way: from the journal.
 */
export function followRun(directory: RunDirectory, from: number, options: FollowOptions): FollowedRun {
  const { onEvents, onEnded } = options;
  const stopped = new AbortController();
  const { signal } = stopped;
  const journal = createJournalReader(directory.journal);
  let next = from;
  let outcome: RunOutcome | undefined;
  let told: FollowEnd["reason"] | undefined;
  let silentSince = Date.now();

  const deliver = (events: readonly RunEvent[]): void => {
    for (const event of events) {
      if (event.type === "run-started") {
        outcome = undefined;
        told = undefined;
      }
      if (event.type === "run-finished") outcome = event.outcome;
    }
    const unseen = events.filter(({ seq }) => seq >= next);
    const last = unseen.at(-1);
    if (last === undefined || signal.aborted) return;
    next = last.seq + 1;
    silentSince = Date.now();
    onEvents(unseen);
  };
  const onConnected = (): void => {
    told = undefined;
    options.onListening?.();
  };
  const tell = (end: FollowEnd): void => {
    // Once for each time that it comes to rest.
    if (told === end.reason || signal.aborted) return;
    told = end.reason;
    onEnded(end);
  };

  async function follow(): Promise<void> {
    await journal.read(deliver);
    while (!signal.aborted) {
      const hasListened = await listen(directory.socket, next, { signal, onEvents: deliver, onConnected });
      await journal.read(deliver);
      if (hasListened) continue;
      if (!existsSync(directory.path)) return tell({ reason: "vanished" });
      if (outcome !== undefined) tell({ reason: "finished", outcome });
      else if (Date.now() - silentSince >= graceMs) tell({ reason: "interrupted" });
      await pause(told === undefined ? retryMs : restMs, signal);
    }
  }

  follow().catch((error: unknown) => {
    if (error instanceof JournalTooNew) tell({ reason: "too-new", message: error.message });
    // The journal could not be read: its directory goes away, or is not ours.
    else tell({ reason: "vanished" });
  });
  return { stop: () => stopped.abort() };
}

/** Takes events from a control socket until it closes; resolves to whether anybody listened. */
function listen(
  path: string,
  from: number,
  {
    signal,
    onEvents,
    onConnected,
  }: {
    readonly signal: AbortSignal;
    readonly onEvents: (events: readonly RunEvent[]) => void;
    readonly onConnected: () => void;
  },
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let isConnected = false;
    let rest = "";
    const abort = (): void => void socket.destroy();
    signal.addEventListener("abort", abort, { once: true });
    socket.setEncoding("utf8");
    socket.once("connect", () => {
      isConnected = true;
      onConnected();
      socket.write(`${JSON.stringify({ type: "subscribe", from })}\n`);
    });
    socket.on("data", (chunk: string) => {
      const text = rest + chunk;
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      try {
        const events = parseJournal(text.slice(0, end));
        if (events.length > 0) onEvents(events);
      } catch (error) {
        socket.destroy();
        reject(error);
      }
    });
    // `close` follows.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      signal.removeEventListener("abort", abort);
      resolve(isConnected);
    });
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener("abort", wake, { once: true });
  });
}
