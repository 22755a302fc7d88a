import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openControlSocket } from "../../../core/src/bootstrap/controlSocket.ts";
import type { RunEventBody } from "../../../core/src/bootstrap/events.ts";
import { openJournal } from "../../../core/src/bootstrap/journal.ts";
import { parsePlanProblem } from "../../../core/src/bootstrap/planProblem.ts";
import { runDirectory } from "../../../core/src/bootstrap/runDirectory.ts";
import { summarizeRuns } from "../../../core/src/bootstrap/runSummary.ts";

const started: RunEventBody = { type: "run-started", version: 1, host: "web", target: "root@vps", pid: 1 };
const question = { id: "wipe", kind: "confirm-wipe", text: "", expects: "web" } as const;

test("a run is at work while its socket answers, whatever its journal and other files say", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "nv-summary-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const id of ["1-web", "2-web", "3-empty"]) mkdirSync(join(root, id));
  for (const id of ["1-web", "2-web"]) {
    const journal = openJournal(runDirectory(root, id).journal);
    journal.append(started);
    journal.append({ type: "step-started", step: "disko", title: "" });
    journal.append({ type: "question", question });
    journal.close();
  }
  writeFileSync(runDirectory(root, "1-web").request, "{torn");
  const request = { reference: { flake: "/f", directory: "/f", host: "web" }, target: "root@vps" };
  writeFileSync(runDirectory(root, "2-web").request, JSON.stringify(request));
  const socket = await openControlSocket(runDirectory(root, "2-web").socket, {
    events: () => [],
    cancel: () => undefined,
    answer: () => false,
  });
  t.after(() => socket.close());
  const summaries = (await summarizeRuns(root)).map(({ id, host, flake, status, step, isAsking }) => {
    return { id, host, flake, status, step, isAsking };
  });
  const at = { host: "web", step: "disko" };
  assert.deepEqual(summaries, [
    { id: "3-empty", host: "", flake: undefined, status: "interrupted", step: undefined, isAsking: false },
    { id: "2-web", ...at, flake: "/f", status: "running", isAsking: true },
    { id: "1-web", ...at, flake: undefined, status: "interrupted", isAsking: false },
  ]);
});

test("a run that cannot be read does not hide the others", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "nv-summary-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(runDirectory(root, "1-unreadable").journal, { recursive: true });
  mkdirSync(join(root, "2-web"));
  assert.deepEqual(
    (await summarizeRuns(root)).map(({ id, status }) => [id, status]),
    [
      ["2-web", "interrupted"],
      ["1-unreadable", "cannot be read"],
    ],
  );
});

test("only problems that are known count as such", () => {
  const key = { id: "host-key-unknown", message: "m", keyType: "ssh-ed25519", fingerprint: "SHA256:x" };
  assert.deepEqual(parsePlanProblem({ version: 1, problem: key }), key);
  for (const other of [undefined, {}, { problem: { id: "host-key-unknown", message: "m" } }, { problem: { id: "x" } }])
    assert.equal(parsePlanProblem(other), undefined);
});
