// Records journals of runs against the lab, with which the panel is tested: node test/lab/recordJournals.ts
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { root } from "../../scripts/root.mjs";
import { type RunningBootstrap, resumeBootstrap, startBootstrap } from "./bootstrapRun.ts";
import { type LabVps, startLabVps } from "./labVps.ts";
import type { VpsOptions } from "./machine.ts";

const folder = join(root, "test/fixtures/journals");

await record("copyCutOffThenResumed", { swapMiB: 64, loadMiB: 150 }, async (lab) => {
  const first = await startBootstrap(lab, []);
  await confirmWipe(first);
  await first.waitFor("the copy", (event) => event.type === "step-progress" && (event.done ?? 0) > 0);
  await lab.vps.unplugNetwork();
  await first.ended;
  await lab.vps.plugNetwork();
  const [run = ""] = (await readdir(join(lab.state, "runs"))).filter((name) => !name.startsWith("."));
  const second = await resumeBootstrap(lab, run);
  await second.ended;
  return [...first.events, ...second.events];
});

await record("sshdHidden", { cpio: false }, async (lab) => {
  const run = await startBootstrap(lab, ["--accept", "persist-dir-shadows-etc"], "hidden-sshd");
  await confirmWipe(run);
  await run.ended;
  return run.events;
});

async function confirmWipe(run: RunningBootstrap): Promise<void> {
  const asked = await run.waitFor("the question", ({ type }) => type === "question");
  if (asked.type !== "question") return;
  await run.request({ type: "confirm", question: asked.question.id, value: asked.question.expects });
}

async function record(
  name: string,
  options: VpsOptions,
  work: (lab: LabVps) => Promise<readonly RunEvent[]>,
): Promise<void> {
  const lab = await startLabVps(options);
  try {
    const events = await work(lab);
    await writeFile(join(folder, `${name}.jsonl`), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  } finally {
    await lab.stop();
  }
}
