import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  planBootstrap,
  resumeBootstrap,
  runFolder,
  startBootstrap,
  startBootstrapByEnvironment,
} from "./bootstrapRun.ts";
import {
  answer,
  assertEnds,
  finished,
  isQuestion,
  lastRun,
  onInstaller,
  onlyRun,
  onVps,
  started,
  stateOf,
} from "./followRun.ts";
import { occupyOldDisk, putCpioBack } from "./labVps.ts";
import type { Vps } from "./machine.ts";

/** One machine for all tests: the way to its snapshot is taken once. */
const installer = { swapMiB: 256 };
const wipe = ["--yes-wipe", "/dev/vda"];

test("cancelled before and after the disk is wiped: it says what the machine is left in", () =>
  onInstaller(installer, async (lab) => {
    const first = await startBootstrapByEnvironment(lab, []);
    await first.waitFor("the question", isQuestion);
    const second = await startBootstrap(lab, []);
    assert.equal((await second.ended).code, 2);
    assert.match((await second.ended).stderr, /is working on 127\.0\.0\.1/);
    assert.match(await first.request({ type: "cancel" }), /"ok":true/);
    await assertEnds(first, 3);
    assert.equal(stateOf(first), "installer running, disk untouched");

    const third = await resumeBootstrap(lab, onlyRun(lab), lab.environment.all);
    await third.waitFor("the question", isQuestion);
    await answer(third, "lab");
    await third.waitFor("the copy", started("install"));
    await third.request({ type: "cancel" });
    await assertEnds(third, 3);
    assert.equal(stateOf(third), "disk wiped, not installed");
    assert.ok(existsSync(join(runFolder(lab, onlyRun(lab)), "report.md")));
  }));

test("a system that would lock its owner out is not started", () =>
  onInstaller(installer, async (lab) => {
    const run = await startBootstrap(lab, [...wipe, "--accept", "persist-dir-shadows-etc"], "hidden-sshd");
    await assertEnds(run, 4);
    assert.equal(stateOf(run), "installed, not yet proven");
    const failed = run.events.flatMap((event) => (event.type === "checked" && !event.passed ? [event.check] : []));
    assert.deepEqual(failed, ["etc-shadowed"]);
    assert.ok(!run.events.some(started("reboot")));
  }));

/** Swaps again to what the old system swapped to. */
async function swapToOldDisk(vps: Vps): Promise<void> {
  const line = "mkdir -p /old && mount /dev/vda1 /old && swapon -p 1000 /old/swapfile && cat /proc/swaps";
  const { stdout, stderr } = await vps.ssh(line);
  assert.match(stdout, /^\/old\/swapfile/m, stderr);
}

/**
 * Runs a script beside a program that has more memory than it may have in use, so that most of it lies on the disk, and lets the
 * program look through it when the script has ended.
 */
const besideProgram = (script: string): string => `
mkdir -p /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo +memory > /sys/fs/cgroup/cgroup.subtree_control && mkdir /sys/fs/cgroup/tight
echo 8M > /sys/fs/cgroup/tight/memory.max
mkfifo /run/go
sh -c '
  echo $$ > /sys/fs/cgroup/tight/cgroup.procs
  memory=$(head -c 24M /dev/zero | tr "\\0" x)
  echo > /run/ready
  read line < /run/go
  case $memory in *y*) ;; esac
' &
program=$!
for _ in $(seq 600); do [ -e /run/ready ] || sleep 0.2; done
${script}
echo max > /sys/fs/cgroup/tight/memory.max
timeout 10 sh -c "echo > /run/go"
wait $program
echo "program: $?"
dmesg`;

test("swap on the disk: programs beside disko alone die of SIGBUS", () =>
  onInstaller(installer, async (lab) => {
    const run = await startBootstrap(lab, []);
    await run.waitFor("the question", isQuestion);
    await run.request({ type: "cancel" });
    await assertEnds(run, 3);
    const built = run.events.findLast((event) => event.type === "noted" && event.notes.diskoScript !== undefined);
    const script = built?.type === "noted" ? built.notes.diskoScript : undefined;
    assert.ok(script);
    await swapToOldDisk(lab.vps);
    const { stdout, stderr } = await lab.vps.ssh(besideProgram(script));
    assert.match(stdout, /^program: 135$/m, stderr);
    assert.match(stdout, /vda1: rw=\d+, sector=\d+, nr_sectors = \d+ limit=2048/, stdout.slice(-3000));
  }));

test("swap on the disk: a run switches it off and wipes the disk", () =>
  onInstaller(installer, async (lab) => {
    const run = await startBootstrap(lab, []);
    await run.waitFor("the question", isQuestion);
    // After the first look of the gate, while somebody types the answer.
    await swapToOldDisk(lab.vps);
    await answer(run, "lab");
    await run.waitFor("disko", finished("disko"));
    assert.ok(run.events.some((event) => event.type === "log" && event.line === "swapoff /old/swapfile"));
    await run.request({ type: "cancel" });
    await assertEnds(run, 3);
    assert.equal(stateOf(run), "disk wiped, not installed");
  }));

test("a disk that is in use is not wiped, and is once it is released", () =>
  onInstaller(installer, async (lab) => {
    const first = await startBootstrap(lab, []);
    await first.waitFor("the question", isQuestion);
    const program = await occupyOldDisk(lab.vps);
    await answer(first, "lab");
    await assertEnds(first, 1);
    assert.equal(stateOf(first), "installer running, disk untouched");
    assert.equal(first.events.findLast((event) => event.type === "step-failed")?.failure, "disk-in-use");

    await program.release();
    const second = await resumeBootstrap(lab, onlyRun(lab));
    await second.waitFor("the question", isQuestion);
    await answer(second, "lab");
    await second.waitFor("disko", finished("disko"));
    await second.request({ type: "cancel" });
    await assertEnds(second, 3);
    assert.equal(stateOf(second), "disk wiped, not installed");
  }));

test("a machine that boots by UEFI is not what a configuration for a BIOS can start on", () =>
  onVps({ firmware: "uefi" }, async (lab) => {
    const { facts, preflight } = await planBootstrap(lab);
    assert.equal(facts.firmware, "uefi");
    const errors = preflight.filter(({ severity }) => severity === "error").map(({ id }) => id);
    assert.deepEqual(errors, ["boot-mode-mismatch"]);
  }));

test("a machine that is too small, or lacks what nobody can install, is refused before anything is touched", () =>
  onVps({ memoryMiB: 760, cpio: false, packageManager: false }, async (lab) => {
    const plan = await planBootstrap(lab);
    assert.equal(plan.verdict, "blocked");
    assert.deepEqual(
      plan.preflight.filter(({ severity }) => severity === "error").map(({ id }) => id),
      ["tools-missing"],
    );
    const blocked = plan.forecast.find(({ verdict }) => verdict === "blocked");
    assert.ok(blocked && blocked.needMiB === 788 && blocked.haveMiB < 720);

    const refused = await startBootstrap(lab, []);
    const { code, stderr } = await refused.ended;
    assert.equal(code, 2, stderr);
    const said = `${stderr}${JSON.stringify(refused.events)}`;
    assert.match(said, /cpio/);
    assert.match(said, /at most \d+ MiB/);

    const accepted = await startBootstrap(lab, ["--initrd-mib", "64", "--accept", "tools-missing"]);
    await assertEnds(accepted, 1);
    assert.equal(stateOf(accepted), "old system running, prepared");
    const failed = accepted.events.findLast((event) => event.type === "step-failed");
    assert.equal(failed?.type === "step-failed" && failed.step, "prepare-target");
    await putCpioBack(lab.vps);
    const resumed = await resumeBootstrap(lab, lastRun(lab));
    await resumed.waitFor("the build", started("build"));
    await resumed.request({ type: "cancel" });
    await assertEnds(resumed, 3);
  }));
