import assert from "node:assert/strict";
import { test } from "node:test";
import { describeWipe } from "../../../core/src/bootstrap/describeWipe.ts";
import type { Question } from "../../../core/src/bootstrap/events.ts";

const question: Question = { id: "wipe", kind: "confirm-wipe", text: "Everything will be lost.", expects: "web" };
const disk = { device: "/dev/vda", name: "vda", sizeBytes: 21_474_836_480, model: "QEMU HARDDISK", serial: "7f3a" };

test("a wipe names host, machine with its address, and each disk with model, size and serial", () => {
  const wipes = { address: "203.0.113.5", disks: [disk, { ...disk, device: "/dev/vdb", serial: "unknown" }] };
  const { message, detail } = describeWipe({ ...question, wipes }, "web", "root@vps");
  assert.equal(message, "Wipe /dev/vda and /dev/vdb of root@vps (203.0.113.5) for web?");
  assert.match(detail, /^\/dev\/vda: QEMU HARDDISK, 21\.5 GB, serial 7f3a\n\/dev\/vdb: QEMU HARDDISK, 21\.5 GB\n/);
  assert.match(detail, /these disks will be lost/);
});

test("a question of a run that does not say more is shown as it is", () => {
  assert.equal(describeWipe(question, "web", "root@vps").detail, "Everything will be lost.");
});
