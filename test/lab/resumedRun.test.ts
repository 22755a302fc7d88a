import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { lastEvents, resumeBootstrap, startBootstrap } from "./bootstrapRun.ts";
import { answer, assertEnds, finished, isQuestion, onlyRun, onVps, skippedSteps, stateOf } from "./followRun.ts";
import type { LabVps } from "./labVps.ts";

const isCopying = (event: RunEvent): boolean => event.type === "step-progress" && event.unit === "bytes";
const isLost = (event: RunEvent): boolean => event.type === "log" && event.line.startsWith("The connection was lost");

const passphrase = "tr0ub4dor & three";

/** Has the machine opened by a key with a passphrase from here on, as far as a run knows. */
function lockKey({ vps, sshConfig }: LabVps): string {
  const locked = `${vps.keyFile}-locked`;
  copyFileSync(vps.keyFile, locked);
  execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", passphrase, "-f", locked]);
  writeFileSync(sshConfig, readFileSync(sshConfig, "utf8").replace(vps.keyFile, locked));
  return locked;
}

test("killed after kexec, swapped to on the disk, cut off while copying, in want of a passphrase at the end: it is taken up again each time", () =>
  onVps({ swapMiB: 64 }, async (lab) => {
    const { vps } = lab;
    const first = await startBootstrap(lab, ["--yes-wipe", "/dev/vda"]);
    await first.waitFor("the installer", finished("kexec"));
    first.kill();
    await first.ended;
    const run = onlyRun(lab);
    // The run has its own key, until the installed system wants the user's.
    const locked = lockKey(lab);

    const second = await resumeBootstrap(lab, run);
    // The leave to wipe was the first call's.
    const question = await second.waitFor("the question", isQuestion);
    assert.ok(question.type === "question" && question.question.text.includes("serial lab-disk"));
    const asked = ["connect", "prepare-target", "build", "kexec"];
    assert.deepEqual(
      skippedSteps(second).filter((step) => asked.includes(step)),
      asked,
    );
    // What the old system swapped to, switched on behind the back of the run, after the gate and before the answer.
    const swap = await vps.ssh("mkdir -p /old && mount /dev/vda1 /old && swapon /old/swapfile && cat /proc/swaps");
    assert.match(swap.stdout, /\/old\/swapfile/, swap.stderr);
    assert.match(await answer(second, "no"), /"ok":false/);
    assert.match(await answer(second, "lab"), /"ok":true/);
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
    await assertEnds(third, 4);
    assert.ok(skippedSteps(third).includes("disko"));
    const failed = third.events.find((event) => event.type === "step-failed");
    assert.ok(failed?.type === "step-failed" && failed.step === "proof-after-boot", failed && lastEvents([failed]));
    assert.deepEqual(
      [failed.failure, failed.wants],
      ["key-passphrase", { kind: "passphrase", file: locked, isWrong: false, takesPassword: false }],
    );

    const fourth = await resumeBootstrap(lab, run, { ...lab.environment.nix, NIXOS_VPS_KEY_PASSPHRASE: passphrase });
    await assertEnds(fourth, 0);
    assert.equal(stateOf(fourth), "installed and proven");
  }));
