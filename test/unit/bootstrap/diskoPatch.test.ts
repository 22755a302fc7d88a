import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { DiskoPatchRefused, patchDiskoScript } from "../../../core/src/bootstrap/diskoPatch.ts";

const known = [
  "  udevadm trigger --subsystem-match=block",
  "udevadm trigger --subsystem-match=block",
  "  udevadm settle --timeout 120",
  "udevadm settle --timeout=120",
  "\tudevadm settle",
];
const other = fc.oneof(
  fc.constantFrom(
    "set -efux",
    "sgdisk --align-end --new=1:0:+1M /dev/vda",
    "mkfs.btrfs /dev/disk/by-partlabel/disk-main-root -f",
    "# udevadm settle here",
    "partprobe /dev/vda || :",
    "",
  ),
  fc.string({ maxLength: 20 }).map((text) => text.replace(/[\n\0]/g, " ").replaceAll("udevadm", "udev")),
);

test("every line but the matched ones stays byte for byte, and nothing of udevadm is left to run", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(other, fc.constantFrom(...known)), { minLength: 1, maxLength: 20 }), (lines) => {
      const matched = lines.filter((line) => known.includes(line)).length;
      if (matched === 0) {
        assert.throws(() => patchDiskoScript(lines.join("\n")), DiskoPatchRefused);
        return;
      }
      const patch = patchDiskoScript(lines.join("\n"));
      const result = patch.text.split("\n");
      assert.equal(patch.triggers + patch.settles, matched);
      assert.equal(result.length, lines.length);
      for (const [index, line] of lines.entries()) if (!known.includes(line)) assert.equal(result[index], line);
    }),
  );
});

test("the patched script is valid shell and the wait ends at once when the links are there", () => {
  const { text } = patchDiskoScript(
    "set -efu\nudevadm trigger --subsystem-match=block\n  udevadm settle --timeout 120\necho done\n",
  );
  const run = spawnSync("sh", ["-c", text], { encoding: "utf8" });
  assert.equal(run.stdout, "done\n", run.stderr);
});

test("each wait is for the links of the partitions that are made by then and used", () => {
  const make = (number: number, label: string): string =>
    `sgdisk --new=${number}:0:+1M \\\n  --partition-guid="${number}:R" \\\n  --change-name="${number}:${label}" \\\n  /dev/vda\nudevadm settle --timeout 120\n`;
  const mkfs =
    "mkfs.ext4 /dev/disk/by-partlabel/disk-main-boot\nmkfs.btrfs /dev/disk/by-partlabel/disk-main-system -f\n";
  const script = `${make(1, "disk-main-bios")}${make(2, "disk-main-boot")}${make(3, "disk-main-system")}${mkfs}`;
  const waits = patchDiskoScript(script)
    .text.split("\n")
    .filter((line) => line.endsWith("# udevadm settle"));
  const boot = "/dev/disk/by-partlabel/disk-main-boot";
  assert.deepEqual(
    waits.map((line) => line.match(/\/dev\/disk\/\S+/g)?.map((link) => link.replace(/;$/, ""))),
    [undefined, [boot], [boot, "/dev/disk/by-partlabel/disk-main-system"]],
  );
});

test("a link that goes and comes back is waited for, and so is udevd", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixos-vps-"));
  try {
    const { text } = patchDiskoScript(
      `set -efu\n: sgdisk --change-name="1:a"\nudevadm settle\necho "$n" : /dev/disk/by-partlabel/a\n`,
    );
    // Files stand for devices, and each look comes after something has happened.
    const here = text.replaceAll("-b", "-e").replaceAll("/dev/disk/by-partlabel", folder).replace("/run/udev", folder);
    const events = "1) : > a; : > queue;; 2) rm a;; 3) : > a; rm queue;;";
    const world = `cd ${folder}; n=0; sleep() { n=$((n + 1)); case $n in ${events} esac; }`;
    const run = spawnSync("sh", ["-c", `${world}\n${here}`], { encoding: "utf8" });
    assert.equal(run.stdout, `4 : ${folder}/a\n`, run.stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a link that does not appear ends the script", () => {
  const { text } = patchDiskoScript(
    'set -e\nsgdisk --change-name="1:no-such"\nudevadm settle\nmount /dev/disk/by-partlabel/no-such\necho on\n'.replace(
      "sgdisk",
      ": sgdisk",
    ),
  );
  const run = spawnSync("sh", ["-c", `sleep() { :; }\n${text}`], { encoding: "utf8" });
  assert.deepEqual(
    [run.status, run.stdout, run.stderr],
    [1, "", "/dev/disk/by-partlabel/no-such did not appear within 30 s\n"],
  );
});

test("a udevadm in a form that is not known is refused by name", () => {
  assert.throws(() => patchDiskoScript("udevadm settle\nx=$(udevadm info /dev/vda)\n"), /udevadm info/);
  assert.throws(() => patchDiskoScript("\0ELF udevadm settle"), /not a text/);
});
