import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
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
  const [disk] = parseIdentities("disk\t/dev/vda\tvda\t8\t\u001b[2Jmodel\tse\u0007rial\n").disks;
  assert.deepEqual([disk?.model, disk?.serial], ["model", "se\ufffdrial"]);
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

/** A directory as /sys shows a disk with a partition in a RAID, on which LVM and LUKS are stacked. */
function stackedDisk(): string {
  const sys = mkdtempSync(join(tmpdir(), "nixos-vps-sys-"));
  const devices = { vda: "254:0", "vda/vda1": "254:1", md127: "9:127", "dm-0": "253:0", "dm-1": "253:1" };
  const holders: Readonly<Record<string, string>> = { "vda/vda1": "md127", md127: "dm-0", "dm-0": "dm-1" };
  mkdirSync(join(sys, "class/block"), { recursive: true });
  for (const [path, number] of Object.entries(devices)) {
    const directory = join(sys, "block", path);
    mkdirSync(join(directory, "holders"), { recursive: true });
    writeFileSync(join(directory, "dev"), `${number}\n`);
    symlinkSync(`../../block/${path}`, join(sys, "class/block", basename(path)));
    const holder = holders[path];
    if (holder !== undefined) writeFileSync(join(directory, "holders", holder), "");
  }
  mkdirSync(join(sys, "block/dm-1/dm"));
  writeFileSync(join(sys, "block/dm-1/dm/name"), "vg-root\n");
  return sys;
}

const canMount = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;

test("what an old system has put together on a disk is found, and released from the outside in", {
  skip: !canMount && "another /sys needs root and a mount namespace",
}, (t) => {
  const sys = stackedDisk();
  t.after(() => rmSync(sys, { recursive: true }));
  // The disk has to have a name that leads to itself.
  const script = `mount --bind '${sys}' /sys && mount -t tmpfs none /dev && touch /dev/vda /dev/null\n${usesScript(["/dev/vda"])}`;
  const { stdout, stderr } = spawnSync("unshare", ["--mount", "sh", "-c", script], { encoding: "utf8" });
  const uses = parseUses(stdout).filter(({ kind }) => kind === "holder");
  assert.deepEqual(
    uses.map(({ device, name }) => [device, name]),
    [
      ["/dev/vda", "md127"],
      ["/dev/vda", "dm-0"],
      ["/dev/vda", "dm-1"],
    ],
    stderr,
  );
  assert.deepEqual(
    releaseScript(uses)
      .split("\n")
      .map((line) => line.split("; ")[1]),
    ["dmsetup remove /dev/dm-1", "dmsetup remove /dev/dm-0", "mdadm --stop /dev/md127"],
  );
});
