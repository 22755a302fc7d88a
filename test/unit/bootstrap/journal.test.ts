import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { RunEventBody } from "../../../core/src/bootstrap/events.ts";
import { JournalTooNew, openJournal, parseJournal } from "../../../core/src/bootstrap/journal.ts";

const started: RunEventBody = { type: "run-started", version: 1, host: "web", target: "root@203.0.113.5", pid: 1 };

function inTemporaryDirectory(run: (path: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "nixos-vps-journal-"));
  try {
    run(join(directory, "journal.jsonl"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test("events are numbered on from what is there, and only the owner can read them", () => {
  inTemporaryDirectory((path) => {
    const first = openJournal(path);
    first.append(started);
    first.append({ type: "step-started", step: "inspect", title: "Look" });
    first.close();
    const second = openJournal(path);
    assert.equal(second.append({ type: "cancel-requested" }).seq, 3);
    second.close();
    assert.deepEqual(
      parseJournal(readFileSync(path, "utf8")).map((event) => `${event.seq} ${event.type}`),
      ["1 run-started", "2 step-started", "3 cancel-requested"],
    );
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
});

test("a line that was not written to its end is left out and written over", () => {
  inTemporaryDirectory((path) => {
    const first = openJournal(path);
    first.append(started);
    first.close();
    appendFileSync(path, '{"seq":2,"type":"log","li');
    const second = openJournal(path);
    assert.equal(second.events().length, 1);
    second.append({ type: "cancel-requested" });
    second.close();
    assert.deepEqual(
      parseJournal(readFileSync(path, "utf8")).map((event) => event.type),
      ["run-started", "cancel-requested"],
    );
  });
});

test("every prefix of a journal can be read", () => {
  const text = [started, { type: "cancel-requested" }]
    .map((body, index) => JSON.stringify({ seq: index + 1, time: "2026-01-01T00:00:00.000Z", ...body }))
    .join("\n");
  for (let length = 0; length <= text.length; length++) assert.ok(parseJournal(text.slice(0, length)).length <= 1);
});

test("a journal of a newer program is refused with what to do", () => {
  assert.throws(
    () => parseJournal(`${JSON.stringify({ ...started, version: 2, seq: 1, time: "" })}\n`),
    (error: unknown) => error instanceof JournalTooNew && /update nixos-vps/.test(error.message),
  );
});
