import assert from "node:assert/strict";
import { test } from "node:test";
import { FactsInvalid, parseFacts } from "../../../core/src/bootstrap/parseFacts.ts";
import { unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";

test("what is missing is unknown, and what was written by inspect is read back", () => {
  assert.deepEqual(parseFacts('{"memory":null}'), unknownFacts);
  assert.deepEqual(parseFacts(JSON.stringify(unknownFacts)), unknownFacts);
  const facts = parseFacts(
    JSON.stringify({
      memory: { totalKiB: 1, availableKiB: 1 },
      swap: [{ name: "/swapfile", kind: "file", sizeKiB: 5 }],
      os: { id: "arch" },
      disks: [
        { name: "/dev/vda", sizeBytes: 7, mounts: ["/", { path: "/boot", source: "/dev/vda1", fstype: "ext4" }] },
      ],
    }),
  );
  assert.deepEqual(facts.swap, [{ name: "/swapfile", kind: "file", sizeKiB: 5, usedKiB: "unknown" }]);
  assert.deepEqual(facts.os, { id: "arch", name: "unknown", variantId: "unknown" });
  assert.deepEqual(facts.disks, [
    {
      name: "vda",
      sizeBytes: 7,
      model: "unknown",
      serial: "unknown",
      mounts: [
        { path: "/", source: "unknown", fstype: "unknown" },
        { path: "/boot", source: "/dev/vda1", fstype: "ext4" },
      ],
    },
  ]);
});

test("what says nothing without a part that is missing is unknown as a whole", () => {
  const given =
    '{"memory":{"totalKiB":932864},"os":{"name":"Arch"},"user":{"name":"root"},"rootFilesystem":{"fstype":"ext4"}}';
  assert.deepEqual(parseFacts(given), { ...unknownFacts, os: { id: "unknown", name: "Arch", variantId: "unknown" } });
});

const mistakes: readonly (readonly [string, RegExp])[] = [
  ["{", /it is not JSON/],
  ['{"version":1}', /it has none of what nixos-vps inspect prints, such as memory and disks/],
  ["[]", /the facts must be an object/],
  ['{"memory":{"totalKiB":"1"}}', /memory\.totalKiB must be a number from 0 on, and is "1"/],
  ['{"firmware":"efi"}', /firmware must be one of bios, uefi, and is "efi"/],
  ['{"disks":[{}]}', /disks\[0\]\.name must be a string, and is missing/],
];
for (const [text, message] of mistakes)
  test(`facts that are wrong: ${text}`, () =>
    assert.throws(
      () => parseFacts(text),
      (error: unknown) => error instanceof FactsInvalid && message.test(error.message),
    ));
