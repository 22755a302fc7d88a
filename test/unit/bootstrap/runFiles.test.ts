import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { after, test } from "node:test";
import { openControlSocket } from "../../../core/src/bootstrap/controlSocket.ts";
import type { RunEvent } from "../../../core/src/bootstrap/events.ts";
import { createRunDirectory, listRuns, runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import { loadRunKey } from "../../../core/src/bootstrap/runKey.ts";
import { lockTarget, TargetBusy } from "../../../core/src/bootstrap/runLock.ts";
import { logFileLine } from "../../../core/src/bootstrap/runLog.ts";
import { sshShim } from "../../../core/src/bootstrap/sshShim.ts";

const root = mkdtempSync(join(tmpdir(), "nixos-vps-runs-"));
after(() => rmSync(root, { recursive: true, force: true }));

test("a run's directory is its owner's, its name has time and host, newest first", () => {
  const first = createRunDirectory(root, "web", new Date("2026-01-02T03:04:05Z"));
  const second = createRunDirectory(root, "../we b", new Date("2026-01-02T03:04:06Z"));
  assert.match(first.id, /^20260102T030405Z-web-[0-9a-f]{4}$/);
  assert.match(second.id, /^20260102T030406Z-.._we_b-[0-9a-f]{4}$/);
  assert.deepEqual(listRuns(root), [second.id, first.id]);
  assert.equal(statSync(first.path).mode & 0o777, 0o700);
  assert.deepEqual(listRuns(join(root, "nowhere")), []);
  writeFileSync(join(root, "file"), "");
  assert.throws(() => listRuns(join(root, "file")), { code: "ENOTDIR" });
});

test("runs are kept where the XDG specification says", () => {
  assert.equal(runsRoot({ XDG_STATE_HOME: "/s" }), "/s/nixos-vps/runs");
  assert.equal(runsRoot({ NIXOS_VPS_STATE_DIR: "/own", XDG_STATE_HOME: "/s" }), "/own/runs");
  assert.equal(runsRoot({ NIXOS_VPS_STATE_DIR: "own" }), resolve("own/runs"));
  const byDefault = runsRoot({});
  assert.ok(isAbsolute(byDefault));
  for (const env of [{ XDG_STATE_HOME: "s" }, { XDG_STATE_HOME: "" }, { NIXOS_VPS_STATE_DIR: "" }])
    assert.equal(runsRoot(env), byDefault);
});

test("a second run on a target is refused while the first one's process lives, and only then", () => {
  const unlock = lockTarget(root, "root@web", "run-1");
  assert.throws(
    () => lockTarget(root, "root@web", "run-2"),
    (error: unknown) => error instanceof TargetBusy && /run-1/.test(error.message),
  );
  lockTarget(root, "root@other", "run-3")();
  unlock();
  lockTarget(root, "root@web", "run-4")();
  const dead = spawnSync("true").pid;
  writeFileSync(
    join(root, ".locks", encodeURIComponent("root@web")),
    JSON.stringify({ pid: dead, started: "1", run: "dead" }),
  );
  lockTarget(root, "root@web", "run-5")();
  writeFileSync(join(root, ".locks", encodeURIComponent("root@web")), "torn{");
  lockTarget(root, "root@web", "run-6")();
});

test("what programs colour and rewrite in place is plain text in the log's file", () => {
  const event = { seq: 1, time: "2026-01-02T03:04:05.000Z", type: "log", step: "install", level: "info" } as const;
  assert.equal(
    logFileLine({ ...event, line: "\u001b[31;1merror:\u001b[0m no\u0007" }),
    "2026-01-02T03:04:05.000Z install: error: no\ufffd\n",
  );
});

test("the run's key is made once, and only its owner can read it", async () => {
  const path = join(root, "key");
  const made = await loadRunKey(path, "run-1");
  assert.match(made.publicKey, /^ssh-ed25519 \S+ nixos-vps run-1$/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(await loadRunKey(path, "run-1"), made);
});

test("the ssh in front of PATH puts the pin before what a program passes", () => {
  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  const knownHostsFile = join(root, "known hosts");
  const identityFile = join(root, "a key");
  const text = sshShim({ realSsh: "/usr/bin/ssh", knownHostsFile, pinnedName: "pinned", identityFile });
  writeFileSync(join(bin, "ssh"), text, { mode: 0o755 });
  const given = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "HostKeyAlias=other"];
  const { stdout } = spawnSync(join(bin, "ssh"), [...given, "-G", "web"], { encoding: "utf8" });
  const lines = stdout.split("\n");
  assert.ok(lines.includes("stricthostkeychecking true"));
  assert.ok(lines.some((line) => line.startsWith("userknownhostsfile") && line.includes(knownHostsFile)));
  assert.ok(lines.includes("hostkeyalias pinned"));
  assert.ok(lines.includes(`identityfile ${identityFile}`));
  assert.ok(text.startsWith("#!/bin/sh\nexec "));
});

test("clients follow events from a number on, cancel, answer, and are told what is wrong", async () => {
  const events: RunEvent[] = [1, 2].map((seq) => ({
    seq,
    time: "",
    type: "log",
    step: "inspect",
    level: "info",
    line: `line ${seq}`,
  }));
  let cancelled = 0;
  const path = join(root, "control");
  const socket = await openControlSocket(path, {
    events: () => events,
    cancel: () => void cancelled++,
    answer: (question, value) => question === "wipe" && value === "web",
  });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const client = connect(path);
  const lines = linesOf(client);
  client.write(
    '{"type":"subscribe","from":2}\n{"type":"cancel"}\n{"type":"confirm","question":"wipe","value":"web"}\n{"type":"confirm","question":"wipe","value":"no"}\nnonsense\n',
  );
  const received = [];
  for (let index = 0; index < 6; index++) received.push(await lines());
  assert.deepEqual(
    received.map((line) => line["seq"] ?? line["error"] ?? line["ok"]),
    [true, 2, true, true, "that is not what the question expects", "not a request"],
  );
  assert.equal(cancelled, 1);
  const third: RunEvent = { seq: 3, time: "", type: "cancel-requested" };
  socket.publish(third);
  assert.deepEqual(await lines(), third);
  client.destroy();
  socket.close();
});

test("a client that only asked something, and never closes, does not keep the process of a run", async () => {
  const path = join(root, "idle");
  const socket = await openControlSocket(path, { events: () => [], cancel: () => undefined, answer: () => false });
  const client = connect({ path, allowHalfOpen: true });
  const lines = linesOf(client);
  client.write("nonsense\n");
  assert.equal((await lines())["ok"], false);
  socket.close();
  await once(client, "end");
  // It is let go, although it does not close its end.
  const closed = new Promise((resolve) => client.once("close", resolve));
  client.on("error", () => undefined);
  const timer = setInterval(() => client.write("still there\n"), 20);
  await closed;
  clearInterval(timer);
});

function linesOf(client: ReturnType<typeof connect>): () => Promise<Record<string, unknown>> {
  const waiting: ((line: Record<string, unknown>) => void)[] = [];
  const ready: Record<string, unknown>[] = [];
  let rest = "";
  client.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const line: Record<string, unknown> = JSON.parse(part);
      const next = waiting.shift();
      if (next) next(line);
      else ready.push(line);
    }
  });
  return () => {
    const line = ready.shift();
    return line ? Promise.resolve(line) : new Promise((resolve) => waiting.push(resolve));
  };
}
