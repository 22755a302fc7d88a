import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { lastEvents, type RunningBootstrap, resumeBootstrap, runFolder, startBootstrap } from "./bootstrapRun.ts";
import { startInstaller } from "./installerMachine.ts";
import { type LabVps, prepareLabVps } from "./labVps.ts";
import { startVps, type Vps, type VpsOptions } from "./machine.ts";
import { ssh } from "./sshClient.ts";

const wipe = ["--yes-wipe", "/dev/vda"];

const onVps = (options: VpsOptions, work: (lab: LabVps) => Promise<void>): Promise<void> => on(startVps(options), work);
/** The installer runs already, as after a first run that came so far. */
const onInstaller = (options: VpsOptions, work: (lab: LabVps) => Promise<void>): Promise<void> =>
  on(startInstaller(options), work);

async function on(starting: Promise<Vps>, work: (lab: LabVps) => Promise<void>): Promise<void> {
  const vps = await starting;
  try {
    await work(await prepareLabVps(vps));
  } finally {
    await vps.stop();
  }
}

async function assertEnds(run: RunningBootstrap, code: number): Promise<void> {
  const ended = await run.ended;
  assert.equal(ended.code, code, `${ended.stderr}\n${lastEvents(run.events)}`);
}

function onlyRun({ state }: LabVps): string {
  const [run, ...others] = readdirSync(join(state, "runs")).filter((name) => !name.startsWith("."));
  assert.ok(run !== undefined && others.length === 0);
  return run;
}

const started =
  (step: string) =>
  (event: RunEvent): boolean =>
    event.type === "step-started" && event.step === step;
const finished =
  (step: string) =>
  (event: RunEvent): boolean =>
    event.type === "step-finished" && event.step === step;
const skippedSteps = ({ events }: RunningBootstrap): string[] =>
  events.flatMap((event) => (event.type === "step-skipped" ? [event.step] : []));
const stateOf = ({ events }: RunningBootstrap): string | undefined =>
  events.findLast((event) => event.type === "run-finished")?.state;

test("a machine with 962 MB goes from Arch to the installed system in one run", () =>
  onVps({}, async (lab) => {
    const run = await startBootstrap(lab, wipe);
    await assertEnds(run, 0);
    assert.equal(stateOf(run), "installed and proven");
    assert.deepEqual(skippedSteps(run), ["prepare-target", "disko-patch", "store-overlay"]);
    const failed = run.events.filter((event) => event.type === "checked" && !event.passed);
    assert.deepEqual(failed, []);
    assert.ok(run.events.some((event) => event.type === "sample" && event.totalMiB > 800));
    const copied = run.events.findLast((event) => event.type === "step-progress" && event.unit === "bytes");
    assert.ok(copied?.type === "step-progress" && copied.done === copied.total);
    const folder = runFolder(lab, onlyRun(lab));
    assert.match(readFileSync(join(folder, "report.md"), "utf8"), /\*\*Installed, and everything/);
    assertKeepsSecrets(folder);
    await lab.vps.waitForSerial(/the installed system is up/);
  }));

/** The run's key is in its own file and nowhere else; what others could read is not there at all. */
function assertKeepsSecrets(folder: string): void {
  const key = readFileSync(join(folder, "key"), "utf8").split("\n")[2] ?? "";
  assert.ok(key.length > 20);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    if (!name.endsWith(".pub")) assert.equal(statSync(path).mode & 0o077, 0, name);
    if (name !== "key") assert.ok(!readFileSync(path, "utf8").includes(key), `${name} holds the key`);
  }
}

test("without cpio, as a user with sudo, patched and with the store on the disk", () =>
  onVps({ cpio: false, user: "admin" }, async (lab) => {
    const asked = ["--patch", "always", "--overlay", "always", "--swap-file", "always"];
    const run = await startBootstrap(lab, [...wipe, ...asked]);
    await assertEnds(run, 0);
    assert.deepEqual(skippedSteps(run), []);
    const lines = run.events.flatMap((event) => (event.type === "log" && event.step === "disko" ? [event.line] : []));
    assert.ok(!lines.some((line) => line.startsWith("+ udevadm")), "the unpatched script ran");
    const prepared = run.events.find(finished("prepare-target"));
    assert.match(prepared?.type === "step-finished" ? prepared.detail : "", /zram \d+ MiB, swap file 256 MiB/);
    // Nothing of the overlay is left on the disk; the installed system has no user admin, but root's key is the same.
    const asRoot = await ssh({ ...lab.vps, user: "root", knownHostsFile: installedKnownHosts(lab) }, "ls -A /nix");
    assert.deepEqual([asRoot.stdout.split("\n"), asRoot.stderr], [["store", "var"], ""]);
  }));

/** A known_hosts file for the machine with the keys that its run pinned. */
function installedKnownHosts(lab: LabVps): string {
  const pinned = readFileSync(join(runFolder(lab, onlyRun(lab)), "known_hosts"), "utf8");
  const path = join(lab.vps.folder, "installed_known_hosts");
  writeFileSync(path, pinned.replaceAll(/^\S+/gm, `[${lab.vps.host}]:${lab.vps.port}`));
  return path;
}

const isCopying = (event: RunEvent): boolean => event.type === "step-progress" && event.unit === "bytes";
const isLost = (event: RunEvent): boolean => event.type === "log" && event.line.startsWith("The connection was lost");

test("killed after kexec, swapped to on the disk, cut off while copying: it is taken up again each time", () =>
  onVps({ swapMiB: 64 }, async (lab) => {
    const { vps } = lab;
    const first = await startBootstrap(lab, []);
    await first.waitFor("the installer", finished("kexec"));
    first.kill();
    await first.ended;
    const run = onlyRun(lab);

    const second = await resumeBootstrap(lab, run);
    const question = await second.waitFor("the question", ({ type }) => type === "question");
    assert.ok(question.type === "question" && question.question.text.includes("serial lab-disk"));
    const asked = ["connect", "prepare-target", "build", "kexec"];
    assert.deepEqual(
      skippedSteps(second).filter((step) => asked.includes(step)),
      asked,
    );
    // What the old system swapped to, switched on behind the back of the run, after the gate and before the answer.
    const swap = await vps.ssh("mkdir -p /old && mount /dev/vda1 /old && swapon /old/swapfile && cat /proc/swaps");
    assert.match(swap.stdout, /\/old\/swapfile/, swap.stderr);
    assert.match(await second.request({ type: "confirm", question: "wipe", value: "no" }), /"ok":false/);
    assert.match(await second.request({ type: "confirm", question: "wipe", value: "lab" }), /"ok":true/);
    await second.waitFor("the copy", (event) => event.type === "step-progress" && (event.done ?? 0) > 0);
    assert.ok(second.events.some((event) => event.type === "log" && event.line.startsWith("swapoff /old/swapfile")));
    await vps.unplugNetwork();
    await second.waitFor("the loss of the connection", isLost);
    const lostAt = second.events.length;
    await vps.plugNetwork();
    // The copy goes on by itself.
    await second.waitFor("the rest of the copy", (event) => event.seq > lostAt && isCopying(event));
    second.kill();
    await second.ended;

    const third = await resumeBootstrap(lab, run);
    await assertEnds(third, 0);
    assert.ok(skippedSteps(third).includes("disko"));
  }));

test("cancelled before and after the disk is wiped: it says what the machine is left in", () =>
  onInstaller({}, async (lab) => {
    const first = await startBootstrap(lab, []);
    await first.waitFor("the question", ({ type }) => type === "question");
    const second = await startBootstrap(lab, []);
    assert.equal((await second.ended).code, 2);
    assert.match((await second.ended).stderr, /is working on 127\.0\.0\.1/);
    assert.match(await first.request({ type: "cancel" }), /"ok":true/);
    await assertEnds(first, 3);
    assert.equal(stateOf(first), "installer running, disk untouched");

    const third = await resumeBootstrap(lab, onlyRun(lab));
    await third.waitFor("the question", ({ type }) => type === "question");
    await third.request({ type: "confirm", question: "wipe", value: "lab" });
    await third.waitFor("the copy", started("install"));
    await third.request({ type: "cancel" });
    await assertEnds(third, 3);
    assert.equal(stateOf(third), "disk wiped, not installed");
    assert.ok(existsSync(join(runFolder(lab, onlyRun(lab)), "report.md")));
  }));

test("a system that would lock its owner out is not started", () =>
  onInstaller({}, async (lab) => {
    const run = await startBootstrap(lab, [...wipe, "--accept", "persist-dir-shadows-etc"], "hidden-sshd");
    await assertEnds(run, 4);
    assert.equal(stateOf(run), "installed, not yet proven");
    const failed = run.events.flatMap((event) => (event.type === "checked" && !event.passed ? [event.check] : []));
    assert.deepEqual(failed, ["etc-shadowed"]);
    assert.ok(!run.events.some(started("reboot")));
  }));

test("without the gate, a partition that is swapped to while disko resizes it takes memory with it", () =>
  onInstaller({ swapMiB: 512 }, async (lab) => {
    const { vps } = lab;
    const run = await startBootstrap(lab, []);
    await run.waitFor("the question", ({ type }) => type === "question");
    await run.request({ type: "cancel" });
    await assertEnds(run, 3);
    const script = run.events.findLast((event) => event.type === "noted" && event.notes.diskoScript !== undefined);
    assert.ok(script?.type === "noted");
    const swap = "mount --mkdir /dev/vda1 /old && swapon -p 1000 /old/swapfile";
    const fill = "for d in /tmp /nix/.rw-store; do head -c 400M /dev/urandom > $d/fill; done; cat /proc/swaps";
    const before = await vps.ssh(`${swap} && ${fill}`);
    assert.match(before.stdout, /\/old\/swapfile/, before.stderr);
    const wiped = await vps.ssh(
      `${script.notes.diskoScript}; echo "exit $?"; cat /tmp/fill | wc -c; dmesg | tail -n 50`,
    );
    const said = `${wiped.stdout}\n${wiped.stderr}\n${(await vps.serialLog()).slice(-4000)}`;
    assert.match(said, /attempt to access beyond end of device|Read-error on swap-device|Bus error|exit 135/);
  }));
