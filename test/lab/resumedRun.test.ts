import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { resumeBootstrap, startBootstrap } from "./bootstrapRun.ts";
import { answer, assertEnds, finished, isQuestion, onlyRun, onVps, skippedSteps } from "./followRun.ts";

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
    await assertEnds(third, 0);
    assert.ok(skippedSteps(third).includes("disko"));
  }));
