import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { execa } from "execa";
import { systemIsUp } from "./console.ts";
import { buildOutput, prepareFlake } from "./flake.ts";
import { buildInstaller } from "./images/installer.ts";
import { startInstaller } from "./installerMachine.ts";
import { startVps, type Vps } from "./machine.ts";
import { runNixosAnywhere } from "./nixosAnywhere/runNixosAnywhere.ts";
import type { RunningQemu } from "./qemu.ts";
import { isRunning } from "./runningProcess.ts";
import { until } from "./until.ts";

/** Runs `work` on a machine that is stopped whatever happens, and says how long both took. */
async function on(t: TestContext, start: () => Promise<Vps>, work: (vps: Vps) => Promise<void>): Promise<void> {
  const begin = Date.now();
  const vps = await start();
  t.diagnostic(`${seconds(begin)} s until it answered ssh`);
  const ready = Date.now();
  try {
    await work(vps);
    t.diagnostic(`${seconds(ready)} s of work`);
  } finally {
    await vps.stop();
  }
}

test("a machine ends with the process that started it, also when that is killed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nixos-vps-lab-"));
  try {
    await execa("qemu-img", ["create", "-q", "-f", "qcow2", join(folder, "disk.qcow2"), "64M"]);
    const options = { folder, memoryMiB: 64, disk: "disk.qcow2", settings: {}, endsWithThisProcess: true };
    const program = `import { startQemu } from ${JSON.stringify(new URL("qemu.ts", import.meta.url).href)};
      console.log(JSON.stringify(await startQemu(${JSON.stringify(options)})));
      setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(starter.stdout, "data");
    const qemu: RunningQemu = JSON.parse(String(line));
    assert.ok(await isRunning(qemu.process));
    starter.kill("SIGKILL");
    await until("QEMU to end", 60_000, async () => !(await isRunning(qemu.process)) || undefined);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a rented machine is as it was ordered", (t) =>
  on(
    t,
    () => startVps({ password: true, os: "debian", user: "admin", cpio: false, swapMiB: 64, loadMiB: 100 }),
    async (vps) => {
      const { stdout } = await vps.ssh(
        "id -un; . /etc/os-release; echo $ID; cat /proc/swaps; free -m; command -v cpio apt-get pacman",
      );
      assert.match(stdout, /^admin\ndebian\n/);
      assert.match(stdout, /^\/swapfile +file\s+65532\b/m);
      assert.match(stdout, /^Mem: +911 /m);
      assert.match(stdout, /\n\/usr\/bin\/apt-get$/);
      const used = await vps.ssh("du -m /usr/lib/lab/load/data 2>/dev/null || sudo du -m /usr/lib/lab/load/data");
      assert.match(used.stdout, /^100\t/);
      const installed = await vps.ssh("sudo apt-get install -y cpio && cpio --version");
      assert.equal(installed.exitCode, 0, installed.stderr);
      const outside = await vps.ssh("timeout 3 bash -c '< /dev/tcp/10.0.2.2/22'");
      assert.notEqual(outside.exitCode, 0, "the machine reaches the host");
    },
  ));

test("a machine goes through kexec with its keys, addresses and identity, and comes back from its disk", (t) =>
  on(
    t,
    () => startInstaller({ swapMiB: 256 }),
    async (vps) => {
      // Every login checks the old system's host key.
      const { stdout } = await vps.ssh(
        "cat /etc/os-release /etc/machine-id; ip -4 -br addr; findmnt -nro TARGET,FSTYPE; cat /proc/swaps",
      );
      assert.match(stdout, /^VARIANT_ID=installer$/m);
      assert.match(stdout, /^[0-9a-f]{32}$/m);
      assert.match(stdout, /^ens3 +UP +10\.0\.2\.15\/24/m);
      for (const mount of ["/ tmpfs", "/nix/.ro-store squashfs", "/nix/.rw-store tmpfs", "/nix/store overlay"]) {
        assert.ok(stdout.includes(`\n${mount}\n`), `${mount} in\n${stdout}`);
      }
      const tools =
        "bash cpio curl gzip jq lsblk mkfs.btrfs mkfs.ext4 mkfs.vfat modprobe nix nixos-install parted sgdisk tar udevadm";
      const missing = await vps.ssh(`for tool in ${tools}; do command -v $tool > /dev/null || echo $tool; done`);
      assert.equal(missing.stdout, "");
      const valid = await vps.ssh(
        "nix-store --check-validity $(readlink /run/current-system) && nix path-info -r /run/current-system",
      );
      assert.match(valid.stdout, /-lab-userland$/m);

      const zram = await vps.ssh(
        "modprobe zram && echo zstd > /sys/block/zram0/comp_algorithm && echo 64M > /sys/block/zram0/disksize && mkswap -q /dev/zram0 && swapon /dev/zram0",
      );
      assert.equal(zram.exitCode, 0, zram.stderr);

      const from = (await vps.serialLog()).length;
      await vps.powerCycle();
      await vps.waitForSerial(systemIsUp.vps, { from });
      await vps.waitForSsh();
      assert.match((await vps.ssh("cat /etc/os-release")).stdout, /^ID=arch$/m);
    },
  ));

test("nixos-anywhere installs the machine in one call, and the disk starts the new system", (t) =>
  on(t, startVps, async (vps) => {
    const flake = join(vps.folder, "flake");
    await prepareFlake(flake, await readFile(`${vps.keyFile}.pub`, "utf8"));
    const extraFiles = await carryHostKey(vps, join(vps.folder, "extra"));
    const toplevel = await buildOutput(flake, "toplevel");
    const options = [
      ...["--store-paths", await buildOutput(flake, "diskoScriptNoDeps"), toplevel],
      ...["--kexec", await buildInstaller(), "--extra-files", extraFiles],
    ];
    const from = (await vps.serialLog()).length;
    const { exitCode, output } = await runNixosAnywhere(vps, options);
    assert.equal(exitCode, 0, output);
    const steps = [...output.matchAll(/^### (.+) ###$/gm)].map(([, title]) => title);
    assert.deepEqual(steps, [
      ...[
        "Uploading install SSH keys",
        "Gathering machine facts",
        "Switching system into kexec",
        "Gathering machine facts",
      ],
      ...[
        "Formatting hard drive with disko",
        "Uploading the system closure",
        "Copying extra files",
        "Installing NixOS",
      ],
      ...["Rebooting", "Waiting for the machine to become unreachable due to reboot", "Done!"],
    ]);

    await vps.waitForSerial(systemIsUp.installed, { from });
    await vps.waitForSsh();
    const { stdout } = await vps.ssh(
      "readlink /run/current-system; findmnt -nro TARGET,FSTYPE; sed -n s/^root://p /etc/shadow",
    );
    assert.ok(stdout.startsWith(`${toplevel}\n`), stdout);
    for (const mount of ["/ tmpfs", "/boot ext4", "/nix btrfs", "/persist btrfs", "/var/log btrfs"]) {
      assert.ok(stdout.includes(`\n${mount}\n`), `${mount} in\n${stdout}`);
    }
    assert.match(stdout, /^\$6\$/m);
  }));

/** The old system's host key, where the new one, whose root is empty at every boot, keeps its own. */
async function carryHostKey(vps: Vps, folder: string): Promise<string> {
  const target = join(folder, "persist/etc/ssh");
  await mkdir(target, { recursive: true });
  const { stdout } = await vps.ssh("cat /etc/ssh/ssh_host_ed25519_key");
  await writeFile(join(target, "ssh_host_ed25519_key"), `${stdout}\n`, { mode: 0o600 });
  await chmod(join(folder, "persist"), 0o755);
  return folder;
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1);
}
