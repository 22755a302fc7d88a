import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ControlSocket, openControlSocket } from "../../../core/src/bootstrap/controlSocket.ts";
import type { RunEvent, RunEventBody } from "../../../core/src/bootstrap/events.ts";
import { type FollowEnd, followRun } from "../../../core/src/bootstrap/followRun.ts";
import { type Journal, openJournal } from "../../../core/src/bootstrap/journal.ts";
import { type RunDirectory, runDirectory } from "../../../core/src/bootstrap/runDirectory.ts";

const started: RunEventBody = { type: "run-started", version: 1, host: "web", target: "root@203.0.113.5", pid: 1 };
const line = (text: string): RunEventBody => ({ type: "log", step: "kexec", level: "info", line: text });
const finished: RunEventBody = { type: "run-finished", outcome: "failed", state: "not known" };

interface Follower {
  readonly seen: readonly RunEvent[];
  readonly ends: readonly FollowEnd[];
  /** Resolves when it is so. */
  until(isSo: () => boolean): Promise<void>;
}

/** A run's directory and, as its process would, its journal and control socket. */
function prepare(test: TestContext): {
  directory: RunDirectory;
  work(): Promise<Worker>;
  follow(from?: number): Follower;
} {
  const root = mkdtempSync(join(tmpdir(), "nv-follow-"));
  const directory = runDirectory(root, "run");
  mkdirSync(directory.path);
  const toEnd: (() => void)[] = [];
  test.after(() => {
    for (const end of toEnd) end();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    directory,
    async work() {
      const worker = await startWorker(directory);
      toEnd.push(worker.leave);
      return worker;
    },
    follow(from = 1) {
      const seen: RunEvent[] = [];
      const ends: FollowEnd[] = [];
      const waiting = new Set<() => void>();
      const wake = (): void => {
        for (const look of waiting) look();
      };
      const followed = followRun(directory, from, {
        onEvents(events) {
          seen.push(...events);
          wake();
        },
        onEnded(end) {
          ends.push(end);
          wake();
        },
      });
      toEnd.push(followed.stop);
      const until = (isSo: () => boolean): Promise<void> =>
        new Promise((resolve) => {
          const look = (): void => {
            if (isSo()) resolve();
          };
          waiting.add(look);
          look();
        });
      return { seen, ends, until };
    },
  };
}

interface Worker {
  readonly journal: Journal;
  readonly socket: ControlSocket;
  emit(...bodies: readonly RunEventBody[]): void;
  /** Ends as a run does. */
  leave(): void;
}

async function startWorker(directory: RunDirectory): Promise<Worker> {
  const journal = openJournal(directory.journal);
  const socket = await openControlSocket(directory.socket, {
    events: () => journal.events(),
    cancel: () => undefined,
    answer: () => false,
  });
  let isThere = true;
  return {
    journal,
    socket,
    emit(...bodies) {
      for (const body of bodies) socket.publish(journal.append(body));
    },
    leave() {
      if (!isThere) return;
      isThere = false;
      socket.close();
      journal.close();
    },
  };
}

const numbers = (events: readonly RunEvent[]): number[] => events.map(({ seq }) => seq);

test("what is past comes from the journal, what happens from the socket, each once and in order", async (t) => {
  const { work, follow } = prepare(t);
  const worker = await work();
  worker.emit(started, line("a"), line("b"));
  const all = follow();
  const late = follow(3);
  await Promise.all([all.until(() => all.seen.length === 3), late.until(() => late.seen.length === 1)]);
  // Both listen by now, or will read it from the journal.
  worker.emit(line("c"), finished);
  worker.leave();
  await Promise.all([all.until(() => all.ends.length === 1), late.until(() => late.ends.length === 1)]);
  assert.deepEqual(numbers(all.seen), [1, 2, 3, 4, 5]);
  assert.deepEqual(numbers(late.seen), [3, 4, 5]);
  assert.deepEqual(all.ends, [{ reason: "finished", outcome: "failed" }]);
});

test("a run whose process was killed is interrupted, whatever its journal ends in; one that is taken up again goes on", async (t) => {
  const { directory, work, follow } = prepare(t);
  const killed = await work();
  killed.emit(started, line("a"));
  killed.leave();
  appendFileSync(directory.journal, '{"seq":3,"time":"2026-01-01T00:00:00.000Z","ty');
  writeFileSync(directory.socket, "left behind");
  const follower = follow();
  await follower.until(() => follower.ends.length === 1);
  assert.deepEqual([numbers(follower.seen), follower.ends], [[1, 2], [{ reason: "interrupted" }]]);

  const resumed = await work();
  resumed.emit(started, line("b"));
  await follower.until(() => follower.seen.length === 4);
  resumed.emit(finished);
  resumed.leave();
  await follower.until(() => follower.ends.length === 2);
  assert.deepEqual(numbers(follower.seen), [1, 2, 3, 4, 5]);
  assert.deepEqual(follower.ends[1], { reason: "finished", outcome: "failed" });
});

test("a connection that breaks loses nothing", async (t) => {
  const { directory, work, follow } = prepare(t);
  const worker = await work();
  worker.emit(started);
  const follower = follow();
  await follower.until(() => follower.seen.length === 1);
  // A second socket in its place: the first one's connections end as when a client was too slow.
  worker.socket.close();
  worker.journal.append(line("while nobody listened"));
  const again = await openControlSocket(directory.socket, {
    events: () => worker.journal.events(),
    cancel: () => undefined,
    answer: () => false,
  });
  t.after(() => again.close());
  await follower.until(() => follower.seen.length === 2);
  again.publish(worker.journal.append(line("after")));
  await follower.until(() => follower.seen.length === 3);
  assert.deepEqual([numbers(follower.seen), follower.ends], [[1, 2, 3], []]);
});

test("a directory that vanishes, and a journal of a newer version, are told", async (t) => {
  const gone = prepare(t);
  rmSync(gone.directory.path, { recursive: true });
  const follower = gone.follow();
  await follower.until(() => follower.ends.length === 1);
  assert.deepEqual(follower.ends, [{ reason: "vanished" }]);

  const newer = prepare(t);
  writeFileSync(newer.directory.journal, `${JSON.stringify({ seq: 1, time: "", ...started, version: 99 })}\n`);
  const other = newer.follow();
  await other.until(() => other.ends.length === 1);
  assert.equal(other.ends[0]?.reason, "too-new");
});

test("a long journal comes in parts, and only what was asked for", async (t) => {
  const { directory, follow } = prepare(t);
  const event = (seq: number, body: RunEventBody): string => `${JSON.stringify({ seq, time: "", ...body })}\n`;
  const count = 20_000;
  const lines = Array.from({ length: count }, (_, index) => event(index + 2, line(`ä line of the log ${index}`)));
  writeFileSync(directory.journal, event(1, started) + lines.join("") + event(count + 2, finished));
  const follower = follow(count - 3);
  await follower.until(() => follower.ends.length === 1);
  assert.deepEqual(
    numbers(follower.seen),
    [-3, -2, -1, 0, 1, 2].map((number) => count + number),
  );
});

test("following ends when it is told to", async (t) => {
  const { work, directory } = prepare(t);
  const worker = await work();
  worker.emit(started);
  const [first] = await new Promise<readonly RunEvent[]>((resolve) => {
    const followed = followRun(directory, 1, {
      onEvents(events) {
        followed.stop();
        resolve(events);
      },
      onEnded: () => assert.fail("it did not end"),
    });
  });
  assert.equal(first?.seq, 1);
  worker.emit(finished);
  // The process of a run is not held up by who followed it: its socket still answers others.
  const other = createConnection(directory.socket);
  await once(other, "connect");
  other.destroy();
});
