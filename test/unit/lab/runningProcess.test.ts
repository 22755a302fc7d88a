import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { endProcess, identityOf, isRunning } from "../../lab/runningProcess.ts";

async function start(script: string) {
  const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const identity = await identityOf(child.pid ?? 0);
  assert.ok(identity);
  return { child, identity };
}

test("a process is known by its number and the time of its start", async () => {
  const { child, identity } = await start("echo; exec sleep 60");
  assert.equal(await isRunning(identity), true);
  assert.equal(await isRunning({ ...identity, startTicks: identity.startTicks - 1 }), false);
  child.kill("SIGKILL");
  await once(child, "close");
  assert.equal(await isRunning(identity), false);
});

test("another process that got the number is left alone", async () => {
  const { child, identity } = await start("echo; exec sleep 60");
  await endProcess({ ...identity, startTicks: identity.startTicks - 1 });
  assert.equal(await isRunning(identity), true);
  child.kill("SIGKILL");
});

test("a process that does not want to end is made to", async () => {
  const { child, identity } = await start("trap '' TERM; echo; while :; do sleep 0.1; done");
  const closed = once(child, "close");
  await endProcess(identity, 200);
  assert.equal(await isRunning(identity), false);
  assert.deepEqual((await closed)[1], "SIGKILL");
});
