import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { lastMachines } from "../../../core/src/bootstrap/lastMachines.ts";
import { seenMachine } from "../../../core/src/bootstrap/seenMachine.ts";
import { type TargetDisk, unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { root as repository } from "../../../scripts/root.mjs";

const recorded = join(repository, "test/fixtures/journals/copyCutOffThenResumed.jsonl");
const root = mkdtempSync(join(tmpdir(), "nixos-vps-runs-"));
after(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
});

/** A run of the past for host `lab` of /flake; gives the path of its journal. */
function pastRun(id: string): string {
  const directory = join(root, id);
  mkdirSync(directory);
  const reference = { flake: "/flake", directory: "/flake", host: "lab" };
  writeFileSync(join(directory, "request.json"), JSON.stringify({ version: 1, reference, target: "root@127.0.0.1" }));
  return join(directory, "journal.jsonl");
}

test("a recorded run says what its machine is, also when an older program wrote it", async () => {
  cpSync(recorded, pastRun("20261125T181220Z-lab-0001"));
  const [machine, ...others] = await lastMachines(root);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [machine?.flake, machine?.host, machine?.diskBytes, machine?.diskCount, machine?.initrdMiB],
    ["/flake", "lab", 4_294_967_296, 1, 336],
  );
  assert.deepEqual(machine?.facts.memory, { totalKiB: 933_124, availableKiB: 659_716 });
  assert.equal(machine?.facts.rootFilesystem, "unknown");
});

test("of several disks, those that its disko script partitions", async () => {
  const second = { name: "vdb", sizeBytes: 20e9, model: "unknown", serial: "data", mounts: [] };
  const lines = readFileSync(recorded, "utf8").trimEnd().split("\n");
  const changed = (devices: readonly string[]): string =>
    lines
      .map((line) => JSON.parse(line))
      .map((event) => {
        if (event.type === "planned") event.plan.facts.disks.push(second);
        if (event.type === "noted" && event.notes.disks) event.notes.disks = devices;
        return `${JSON.stringify(event)}\n`;
      })
      .join("");
  const journal = pastRun("20261125T181220Z-lab-0001");
  for (const [devices, diskBytes, diskCount] of [
    [["/dev/vdb"], 20e9, 1],
    [["/dev/disk/by-id/virtio-data", "/dev/vda"], 20e9 + 4_294_967_296, 2],
    [["/dev/vdc"], undefined, 0],
  ] as const) {
    writeFileSync(journal, changed(devices));
    const [machine] = await lastMachines(root);
    assert.deepEqual([machine?.diskBytes, machine?.diskCount], [diskBytes, diskCount], devices.join());
  }
});

test("a run that has seen nothing, or whose journal is damaged, leaves the word to the one before it", async () => {
  cpSync(recorded, pastRun("20261125T181220Z-lab-0001"));
  writeFileSync(pastRun("20261126T181220Z-lab-0002"), "");
  const damaged = { seq: 1, time: "2026-11-27T00:00:00Z", type: "planned", plan: { facts: { memory: 5 } } };
  writeFileSync(pastRun("20261127T181220Z-lab-0003"), `${JSON.stringify(damaged)}\n{"seq":2,"type":"noted"}\n`);
  const machines = await lastMachines(root);
  assert.deepEqual(
    machines.map(({ diskBytes }) => diskBytes),
    [4_294_967_296],
  );
});

test("of a machine that was only inspected, the disk is meant that is the only one", () => {
  const disk = (name: string, sizeBytes: number | "unknown"): TargetDisk => ({
    ...{ name, sizeBytes, model: "unknown", serial: "unknown", mounts: [] },
  });
  const bytesOf = (...disks: readonly TargetDisk[]): number | undefined =>
    seenMachine({ ...unknownFacts, disks }).diskBytes;
  assert.equal(bytesOf(disk("vda", 20e9)), 20e9);
  assert.equal(bytesOf(disk("vda", "unknown")), undefined);
  assert.equal(bytesOf(disk("vda", 20e9), disk("vdb", 20e9)), undefined);
  assert.equal(bytesOf(), undefined);
  assert.equal(seenMachine(unknownFacts).diskBytes, undefined);
});
