import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { planBootstrap, startBootstrap } from "../bootstrapRun.ts";
import { waitForConsole } from "../console.ts";
import { assertEnds, onVps, stateOf } from "../followRun.ts";
import { unpackInstaller } from "../images/installer.ts";
import { bootInstaller } from "../installerMachine.ts";
import type { LabVps } from "../labVps.ts";
import { startQemu } from "../qemu.ts";
import { endProcess } from "../runningProcess.ts";

/** The size of the official image, whose content no kernel can compress further. */
const initrdMiB = 336;

/** What a machine with so much memory does with that image, whatever the plan says. */
const machines = [
  { memoryMiB: 740, verdict: "blocked", kexec: "is refused", unpacking: "panics" },
  { memoryMiB: 760, verdict: "blocked", kexec: "is refused", unpacking: "boots" },
  { memoryMiB: 800, verdict: "blocked", kexec: "is refused", unpacking: "boots" },
  { memoryMiB: 850, verdict: "blocked", kexec: "runs out of memory", unpacking: "boots" },
  { memoryMiB: 962, verdict: "ok", kexec: "starts", unpacking: "boots" },
] as const;

for (const { memoryMiB, verdict, kexec, unpacking } of machines) {
  test(`an image of ${initrdMiB} MiB on ${memoryMiB} MB: the forecast says ${verdict}, kexec ${kexec}, the installer ${unpacking}`, (t) =>
    onVps({ memoryMiB, initrdMiB }, async (lab) => {
      const plan = await planBootstrap(lab);
      for (const { step, needMiB, haveMiB, verdict, what } of plan.forecast)
        if (step === "kexec") t.diagnostic(`needs ${needMiB} MiB, has ${haveMiB} MiB: ${verdict} (${what})`);
      assert.equal(plan.verdict, verdict);

      const begin = Date.now();
      assert.equal(await forceKexec(lab), kexec);
      t.diagnostic(`kexec ${kexec} after ${Math.round((Date.now() - begin) / 1000)} s`);
      assert.equal(await bootDirectly(lab, memoryMiB), unpacking);
    }));
}

test(`a machine with 962 MB is installed with an image of ${initrdMiB} MiB`, (t) =>
  onVps({ initrdMiB }, async (lab) => {
    const begin = Date.now();
    const run = await startBootstrap(lab, ["--yes-wipe", "/dev/vda"]);
    await assertEnds(run, 0);
    assert.equal(stateOf(run), "installed and proven");
    const lowest = run.events.reduce(
      (low, event) => (event.type === "sample" ? Math.min(low, event.availableMiB) : low),
      Infinity,
    );
    t.diagnostic(`${Math.round((Date.now() - begin) / 1000)} s, never less than ${lowest} MiB available`);
  }));

/** Loads the image by hand, as nixos-anywhere would if nothing held it back, with compressed swap as a run sets it up. */
async function forceKexec({ vps, installer }: LabVps): Promise<"is refused" | "runs out of memory" | "starts"> {
  await vps.ssh("modprobe zram && echo 1G > /sys/block/zram0/disksize && mkswap /dev/zram0 && swapon /dev/zram0");
  const error = await bootInstaller(vps, installer).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (error === undefined) return "starts";
  if (/Out of memory: Killed process \d+ \(kexec\)|\bKilled\b/.test(error)) return "runs out of memory";
  assert.match(error, /kexec_load failed: Invalid argument|syscall kexec_file_load not available/);
  return "is refused";
}

/** What would become of the image if the old kernel took it: a machine of that size is switched on with it. */
async function bootDirectly({ installer }: LabVps, memoryMiB: number): Promise<"boots" | "panics"> {
  const folder = await mkdtemp(join(tmpdir(), "nixos-vps-lab-"));
  try {
    const boot = await unpackInstaller(installer, folder);
    await execa("qemu-img", ["create", "-q", "-f", "qcow2", join(folder, "disk.qcow2"), "64M"]);
    const disk = "disk.qcow2";
    const qemu = await startQemu({ folder, memoryMiB, disk, settings: {}, boot, endsWithThisProcess: true });
    try {
      const end = /lab: the installer is up|Kernel panic/;
      const said = await waitForConsole(folder, qemu.process, end, { timeoutMs: 600_000 });
      return said === "Kernel panic" ? "panics" : "boots";
    } finally {
      await endProcess(qemu.process);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
