import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  forecastMemory,
  stockInitrdMiB,
  swapFilePlan,
  worstVerdict,
  zramPlan,
} from "../../../core/src/bootstrap/memoryForecast.ts";
import { swapFileScript } from "../../../core/src/bootstrap/swapFile.ts";
import { type TargetFacts, unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";

function machine(totalKiB: number, availableKiB: number, zram = true): TargetFacts {
  return { ...unknownFacts, memory: { totalKiB, availableKiB }, zram };
}

function verdicts(facts: TargetFacts, initrdMiB = stockInitrdMiB, diskoDependenciesMiB = 0): string[] {
  const rows = forecastMemory(facts, { initrdMiB, diskoDependenciesMiB, swapFile: "auto" }) ?? [];
  return rows.map((row) => `${row.step} ${row.verdict}`);
}

const measured: readonly { what: string; facts: TargetFacts; kexec: readonly [string, string] }[] = [
  { what: "750 MiB: kexec_load says EINVAL", facts: machine(768_272, 760_000), kexec: ["blocked", "ok"] },
  { what: "790 MiB, idle: loads", facts: machine(809_232, 760_000), kexec: ["ok", "ok"] },
  { what: "733 MiB available: loads", facts: machine(985_088, 750_164), kexec: ["ok", "ok"] },
  {
    what: "679 MiB available: out of memory without swap, loads with zram",
    facts: machine(985_088, 695_700),
    kexec: ["ok", "tight"],
  },
  { what: "507 MiB available: loads with zram", facts: machine(985_088, 518_792), kexec: ["ok", "tight"] },
  {
    what: "693 of 801 MiB available: out of memory with zram too, because nothing is left to swap",
    facts: machine(801 * 1024, 693 * 1024),
    kexec: ["ok", "blocked"],
  },
  {
    what: "651 MiB available, no zram: out of memory",
    facts: machine(985_088, 667_036, false),
    kexec: ["ok", "blocked"],
  },
];

for (const { what, facts, kexec } of measured) {
  test(`kexec, measured: ${what}`, () => {
    assert.deepEqual(
      verdicts(facts).slice(0, 2),
      kexec.map((verdict) => `kexec ${verdict}`),
    );
  });
}

test("962 MB with the stock image: possible, and the dependencies of disko barely fit", () => {
  const facts = machine(962 * 1024, 800 * 1024);
  assert.equal(
    worstVerdict(forecastMemory(facts, { initrdMiB: 336, diskoDependenciesMiB: 0, swapFile: "auto" }) ?? []),
    "ok",
  );
  assert.deepEqual(verdicts(facts, 336, 400).slice(2), ["disko tight", "install ok", "install ok"]);
  assert.deepEqual(verdicts(facts, 336, 440)[2], "disko blocked");
});

test("768 and 512 MB: blocked with the stock image whatever the swap, possible with one of 150 MiB", () => {
  for (const nominal of [768, 512]) {
    const facts = machine((nominal - 50) * 1024, (nominal - 120) * 1024);
    const rows = forecastMemory(facts, { initrdMiB: 336, diskoDependenciesMiB: 0, swapFile: "auto" }) ?? [];
    assert.equal(rows[0]?.verdict, "blocked");
    assert.match(rows[0]?.action ?? "", /Swap does not help: use an installer image whose initrd has at most \d+ MiB/);
  }
  assert.notEqual(verdicts(machine(462 * 1024, 400 * 1024), 150)[0], "kexec blocked");
});

test("zram is half again the memory, 2 GiB at most, and may hold half of the memory", () => {
  assert.deepEqual(zramPlan(962), { sizeMiB: 1443, limitMiB: 481 });
  assert.deepEqual(zramPlan(4000), { sizeMiB: 2048, limitMiB: 2000 });
});

test("without the target's memory there is no forecast", () => {
  assert.equal(forecastMemory(unknownFacts, { initrdMiB: 336, diskoDependenciesMiB: 0, swapFile: "auto" }), undefined);
});

const withoutZram: TargetFacts = {
  ...machine(985_088, 667_036, false),
  rootFilesystem: { fstype: "ext4", freeBytes: 5e9 },
};
const loading = (facts: TargetFacts, swapFile: "auto" | "always" | "never"): string => {
  const row = forecastMemory(facts, { initrdMiB: 336, diskoDependenciesMiB: 0, swapFile })?.[1];
  return `${row?.verdict}: ${row?.action}`;
};

test("a swap file makes up for what is missing without zram, where its file system takes one and has room", () => {
  assert.equal(loading(withoutZram, "auto"), "tight: sets up a swap file of 256 MiB on the old system first");
  assert.match(loading(withoutZram, "never"), /^blocked: .*81 MiB are missing, or make room .*--swap-file/);
  for (const rootFilesystem of [
    { fstype: "zfs", freeBytes: 5e9 },
    { fstype: "ext4", freeBytes: 1e9 },
    "unknown",
  ] as const)
    assert.match(loading({ ...withoutZram, rootFilesystem }, "auto"), /^blocked/);
});

test("a swap file is planned only when zram and the swap that is there do not suffice, unless it is asked for", () => {
  const plan = (facts: TargetFacts, swapFile: "auto" | "always" | "never"): number =>
    swapFilePlan({ ...facts, rootFilesystem: { fstype: "btrfs", freeBytes: 9e9 } }, { initrdMiB: 336, swapFile });
  assert.equal(plan(machine(985_088, 518_792), "auto"), 0);
  assert.equal(plan(machine(985_088, 518_792), "always"), 256);
  const swap = [{ name: "/dev/vda2", kind: "partition", sizeKiB: 524_288, usedKiB: 1024 }] as const;
  assert.equal(plan({ ...withoutZram, swap }, "auto"), 0);
  assert.match(loading({ ...withoutZram, swap }, "auto"), /^tight: nothing: the old system has swap/);
  assert.equal(plan(machine(985_088, 200_000, false), "auto"), 768);
  assert.equal(plan(machine(985_088, 200_000, false), "never"), 0);
});

test("the swap file's script is valid shell", () => {
  for (const [shell, ...args] of [
    ["sh", "-n"],
    ["bash", "--posix", "-n"],
  ] as const)
    assert.equal(spawnSync(shell, args, { input: swapFileScript(256) }).status, 0);
});
