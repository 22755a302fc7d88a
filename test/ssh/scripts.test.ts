import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createMachine, type Machine, NotReady } from "../../core/src/bootstrap/machine.ts";
import { endOtherRuns } from "../../core/src/bootstrap/otherRuns.ts";
import { CommandTimedOut } from "../../core/src/bootstrap/remote.ts";
import { StepFailed } from "../../core/src/bootstrap/step.ts";
import { waitForInstall } from "../../core/src/bootstrap/waitForInstall.ts";
import { until, within } from "./limits.ts";
import { machineOptions, type SshServer, startSshServer, withoutAccounts } from "./sshServer.ts";

const skip =
  (!existsSync("/usr/sbin/sshd") && "openssh-server is not installed") ||
  (userInfo().uid !== 0 && "scripts are run as root");
let server: SshServer;
const machines: Machine[] = [];

before(async () => {
  if (skip) return;
  server = await startSshServer();
});
after(() => {
  for (const machine of machines) machine.close();
  server?.stop();
});

function newMachine(
  run: string,
  installerBoot: () => string | undefined = machineOptions.installerBoot,
  on: SshServer = server,
): Machine {
  const login = { target: on.target, acceptedKeys: [on.hostKey], privateKey: on.privateKey };
  const machine = createMachine(() => login, { run, installerBoot });
  machines.push(machine);
  return machine;
}

/** Programs that are at work with these words in their command line. */
function atWork(word: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(word);
    } catch {
      return false;
    }
  });
}

/** Begins a script that is at work in its shell, in a child and in a session of its own. */
async function begin(
  machine: Machine,
  seconds: string,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<{ readonly running: Promise<unknown> }> {
  let markStarted = (): void => undefined;
  const hasStarted = new Promise<void>((resolve) => {
    markStarted = resolve;
  });
  const script = `sleep ${seconds} & setsid sleep ${seconds} & echo started; sleep ${seconds}; sleep ${seconds}`;
  const running = machine.sh("old", script, { ...options, onLine: () => markStarted() });
  await Promise.race([hasStarted, running]);
  await until("three programs at work", () => atWork(seconds).length === 3);
  return { running };
}

const never = new AbortController().signal;

test("a script that is cancelled is at work no more when that is said", { skip }, async () => {
  const cancel = new AbortController();
  const machine = newMachine(`${machineOptions.run}-cancelled`);
  const { running } = await begin(machine, "3611", { timeoutMs: 60_000, signal: cancel.signal });
  cancel.abort(new Error("cancelled"));
  await assert.rejects(running, /cancelled/);
  assert.deepEqual(atWork("3611"), []);
});

test("a script that takes too long is ended, also when it does not want to", { skip }, async () => {
  const machine = newMachine(`${machineOptions.run}-late`);
  const script = "trap '' TERM; while :; do sleep 3612; done";
  await assert.rejects(machine.sh("old", script, { timeoutMs: 1500, signal: never }), CommandTimedOut);
  assert.deepEqual(atWork("3612"), []);
  assert.equal((await machine.sh("old", "echo on", { timeoutMs: 10_000, signal: never })).stdout, "on\n");
});

test("what a run has left behind a lost connection is ended before the next script, and nothing of others", {
  skip,
}, async () => {
  const run = `${machineOptions.run}-lost`;
  const lost = newMachine(run);
  const { running } = await begin(lost, "3613", { timeoutMs: 60_000, signal: never });
  lost.close();
  await assert.rejects(running, /was lost/);
  assert.ok(atWork("3613").length === 3);
  const other = newMachine(`${run}-of-another`);
  await other.sh("old", "true", { timeoutMs: 10_000, signal: never });
  assert.ok(atWork("3613").length === 3);
  const resumed = newMachine(run);
  assert.equal((await resumed.sh("old", "echo on", { timeoutMs: 10_000, signal: never })).stdout, "on\n");
  assert.deepEqual(atWork("3613"), []);
});

test("what another run has left at work is ended where that run is over, and otherwise nothing is begun beside it", {
  skip: skip || withoutAccounts,
}, async () => {
  const alone = await startSshServer({ isAlone: true });
  try {
    const other = newMachine("20260101T000000Z-web-1a2b", undefined, alone);
    const { running } = await begin(other, "3614", { timeoutMs: 60_000, signal: never });
    other.close();
    await assert.rejects(running, /was lost/);
    const remote = await newMachine("new", undefined, alone).connection("old", never);
    // What cannot be the id of a run is not taken for one.
    await remote.run('env NIXOS_VPS_SCRIPT_OF="x\';reboot" setsid sleep 3615 > /dev/null 2>&1 &', {
      timeoutMs: 10_000,
    });
    const options = { user: "root", signal: never };
    await assert.rejects(
      endOtherRuns(remote, { ...options, isOver: async () => false }),
      (error: unknown) =>
        error instanceof StepFailed && /^The bootstrap 20260101T000000Z-web-1a2b is at work/.test(error.message),
    );
    assert.equal(atWork("3614").length, 3);
    const isOver = async (run: string): Promise<boolean> => run === "20260101T000000Z-web-1a2b";
    assert.deepEqual(await endOtherRuns(remote, { ...options, isOver }), ["20260101T000000Z-web-1a2b"]);
    assert.deepEqual([atWork("3614").length, atWork("3615").length], [0, 1]);
    assert.deepEqual(await endOtherRuns(remote, { ...options, isOver }), []);
  } finally {
    alone.stop();
  }
});

test("a nixos-install that was left at work is waited for", { skip }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "nv-install-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const program = join(directory, "nixos-install");
  writeFileSync(program, '#!/bin/sh\nwhile [ ! -e "$0.end" ]; do sleep 0.1; done\n', { mode: 0o755 });
  const installing = spawn(program, ["--system", "/nix/store/x"], { stdio: "ignore" });
  t.after(() => installing.kill("SIGKILL"));
  const machine = newMachine(`${machineOptions.run}-install`);
  const said: string[] = [];
  const waited = waitForInstall({ machine, signal: never, log: (line) => said.push(line) }).then(() =>
    said.push("over"),
  );
  await until("word that it waits", () => said.length > 0);
  assert.deepEqual(said, ["nixos-install is still at work from before; waiting for its end."]);
  writeFileSync(`${program}.end`, "");
  await waited;
  assert.deepEqual(
    [said.at(-1), installing.exitCode ?? (await within("end of it", once(installing, "exit")))[0]],
    ["over", 0],
  );
});

test("a script for the installer is not sent to another system that answers in its place", { skip }, async () => {
  const machine = newMachine(`${machineOptions.run}-other`, () => "another-boot");
  const sent = machine.sh("installer", "echo sent", { timeoutMs: 10_000, signal: never });
  await assert.rejects(sent, (error: unknown) => error instanceof NotReady && /started anew/.test(error.message));
});
