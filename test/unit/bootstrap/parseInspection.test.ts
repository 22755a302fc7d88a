import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspectScript } from "../../../core/src/bootstrap/inspectScript.ts";
import { InspectionIncomplete, parseInspection } from "../../../core/src/bootstrap/parseInspection.ts";

for (const shell of [["sh"], ["busybox", "sh"]]) {
  const missing = spawnSync(shell[0] ?? "", ["--help"]).error !== undefined;
  test(`this machine as ${shell.join(" ")} sees it`, { skip: missing && `${shell[0]} is not installed` }, () => {
    const [program = "", ...args] = shell;
    const { stdout, stderr } = spawnSync(program, args, { input: inspectScript, encoding: "utf8" });
    assert.equal(stderr, "");
    const facts = parseInspection(stdout);
    const totalKiB = Number(/MemTotal:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]);
    assert.equal(facts.memory !== "unknown" && facts.memory.totalKiB, totalKiB);
    assert.equal(facts.kernel, readFileSync("/proc/sys/kernel/osrelease", "utf8").trim());
    assert.equal(facts.bootId, readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
    assert.ok(facts.tools !== "unknown" && facts.tools.includes("tar"));
    assert.ok(facts.disks !== "unknown");
  });
}

test("records of a small VPS become facts", () => {
  const output = `inspection\t1
memory\tMemTotal:\t932864
memory\tMemAvailable:\t771200
swap-known
swap\t/swap\\040file\tfile\t524284\t12
swap\t/dev/zram0\tpartition\t100\t0
os\tID\tarch
os\tNAME\tArch Linux
os\tVARIANT_ID\t
kernel\t6.1.0
arch\tx86_64
container\tnone
user\troot\t0
root\tis-root
tools-known
tool\ttar
firmware\tbios
lockdown\tnone [integrity] confidentiality
kexec-load-disabled\t0
zram\tyes
host-keys-known
host-key\tSHA256:abc\t(ED25519)
network-known
address\t203.0.113.5/24\tstatic
gateway\t203.0.113.1
disks-known
disk\tvda\t8388608\tQEMU HARDDISK   \t
mount\tvda\t/\t/dev/vda1\text4
root-filesystem\text4\t2000
home-free\t1000
ssh-port\t22
boot-id\t11111111-2222-3333-4444-555555555555
end
`;
  assert.deepEqual(parseInspection(output), {
    memory: { totalKiB: 932864, availableKiB: 771200 },
    swap: [
      { name: "/swap file", kind: "file", sizeKiB: 524284, usedKiB: 12 },
      { name: "/dev/zram0", kind: "zram", sizeKiB: 100, usedKiB: 0 },
    ],
    os: { id: "arch", name: "Arch Linux", variantId: "" },
    kernel: "6.1.0",
    arch: "x86_64",
    container: "none",
    user: { name: "root", uid: 0 },
    root: "is-root",
    tools: ["tar"],
    packageManager: "none",
    firmware: "bios",
    secureBoot: false,
    lockdown: "integrity",
    kexecLoadDisabled: false,
    zram: true,
    hostKeys: [{ type: "ed25519", fingerprint: "SHA256:abc" }],
    network: { addresses: ["203.0.113.5/24"], gateways: ["203.0.113.1"], dhcp: false },
    disks: [
      {
        name: "vda",
        sizeBytes: 4294967296,
        model: "QEMU HARDDISK",
        serial: "unknown",
        mounts: [{ path: "/", source: "/dev/vda1", fstype: "ext4" }],
      },
    ],
    rootFilesystem: { fstype: "ext4", freeBytes: 2048000 },
    homeFreeBytes: 1024000,
    sshPort: 22,
    bootId: "11111111-2222-3333-4444-555555555555",
  });
});

test("output that ends early is refused with its last line", () => {
  assert.throws(
    () => parseInspection("inspection\t1\nsh: 1: awk: not found\n"),
    (error: unknown) => error instanceof InspectionIncomplete && /awk: not found/.test(error.message),
  );
});
