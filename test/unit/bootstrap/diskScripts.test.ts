import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { diskoScriptDisks } from "../../../core/src/bootstrap/diskoScriptDisks.ts";
import {
  filesystemsScript,
  identityScript,
  parseFilesystems,
  parseIdentities,
  parseUses,
  releaseScript,
  usesScript,
} from "../../../core/src/bootstrap/diskScripts.ts";
import { diskDamage } from "../../../core/src/bootstrap/kernelLog.ts";

test("the disks of a disko script, in the forms that it writes the loop in", () => {
  const script = (loop: string): string =>
    `umount -Rv "/mnt" || :\n\n# shellcheck disable=SC2043,2041\n${loop}\n  x "$dev"\ndone\n`;
  assert.deepEqual(diskoScriptDisks(script("for dev in /dev/vda; do")), ["/dev/vda"]);
  assert.deepEqual(diskoScriptDisks(script("for dev in /dev/vda /dev/disk/by-id/x;\ndo")), [
    "/dev/vda",
    "/dev/disk/by-id/x",
  ]);
  assert.deepEqual(diskoScriptDisks(script('for dev in "/dev/vda"; do')), ["/dev/vda"]);
  assert.equal(diskoScriptDisks(script("for dev in $disks; do")), undefined);
  assert.equal(diskoScriptDisks("true\n"), undefined);
});

for (const [name, script] of Object.entries({
  identity: identityScript(["/dev/no such"]),
  uses: usesScript(["/dev/no such"]),
  filesystems: filesystemsScript(["/dev/no such"]),
})) {
  test(`the ${name} script runs in a POSIX shell, also for a disk that is not there`, () => {
    const { stderr, status } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    assert.deepEqual([stderr, status], ["", 0]);
  });
}

test("what the scripts print", () => {
  assert.deepEqual(parseIdentities("disk\t/dev/vda\tvda\t8388608\tQEMU \t\nmissing\t/dev/vdb\n"), {
    disks: [{ device: "/dev/vda", name: "vda", sizeBytes: 4294967296, model: "QEMU", serial: "unknown" }],
    missing: ["/dev/vdb"],
  });
  assert.deepEqual(parseFilesystems("filesystem\t/dev/vda1\tabc\n"), [{ device: "/dev/vda1", uuid: "abc" }]);
  const uses = parseUses("mount\t/dev/vda\t/old\nmount\t/dev/vda\t/old/a\\040b\nswap-file\t/old/swap\t/dev/vda1\n");
  assert.deepEqual(
    uses.map(({ kind, name }) => `${kind} ${name}`),
    ["mount /old", "mount /old/a\\040b", "swap /old/swap"],
  );
  const lines = releaseScript(uses).split("\n");
  assert.match(lines[0] ?? "", /swapoff .*\/old\/swap/);
  assert.match(lines[1] ?? "", /umount .*\/old\/a/);
});

test("the kernel's words for a damaged disk", () => {
  const damage = "vda1: rw=0, sector=280512, nr_sectors = 8 limit=2048";
  assert.equal(
    diskDamage(["udevadm: attempt to access beyond end of device", damage]),
    "udevadm: attempt to access beyond end of device",
  );
  assert.equal(
    diskDamage([" vda: vda1 vda2", "blk_update_request: I/O error, dev fd0, sector 0", "EXT4-fs (vda2): mounted"]),
    undefined,
  );
});
