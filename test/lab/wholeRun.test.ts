import assert from "node:assert/strict";
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { startBuildMachine } from "../ssh/buildMachine.ts";
import { withoutAccounts } from "../ssh/sshServer.ts";
import { type RunningBootstrap, runFolder, startBootstrap } from "./bootstrapRun.ts";
import { assertEnds, finished, onlyRun, onVps, skippedSteps, stateOf } from "./followRun.ts";
import type { LabVps } from "./labVps.ts";
import { labStoreRoot } from "./nixStore.ts";
import { ssh } from "./sshClient.ts";

const wipe = ["--yes-wipe", "/dev/vda"];

test("a machine with 962 MB goes from Arch to the installed system in one run", () =>
  onVps({}, async (lab) => {
    const run = await startBootstrap(lab, wipe);
    await assertEnds(run, 0);
    assert.equal(stateOf(run), "installed and proven");
    assert.deepEqual(skippedSteps(run), ["prepare-target", "disko-patch", "store-overlay"]);
    // Before anything else is asked of the installer.
    const zram = run.events.find((event) => event.type === "log" && /^zram \d+ MiB$/.test(event.line));
    const isTaken = run.events.find((event) => event.type === "noted" && event.notes.installerBootId !== undefined);
    assert.ok(zram?.type === "log" && zram.step === "kexec" && isTaken && zram.seq < isTaken.seq);
    const failed = run.events.filter((event) => event.type === "checked" && !event.passed);
    assert.deepEqual(failed, []);
    assert.ok(run.events.some((event) => event.type === "sample" && event.totalMiB > 800));
    const copied = run.events.findLast((event) => event.type === "step-progress" && event.unit === "bytes");
    assert.ok(copied?.type === "step-progress" && copied.done === copied.total);
    const folder = runFolder(lab, onlyRun(lab));
    assert.match(readFileSync(join(folder, "report.md"), "utf8"), /\*\*Installed, and everything/);
    assertKeepsSecrets(folder);
    await lab.vps.waitForSerial(/the installed system is up/);
  }));

test("a machine that boots by UEFI starts the installed system from its EFI system partition", () =>
  onVps({ firmware: "uefi" }, async (lab) => {
    const run = await startBootstrap(lab, wipe, "uefi");
    await assertEnds(run, 0);
    assert.equal(stateOf(run), "installed and proven");
    const bootLoader = run.events.find((event) => event.type === "checked" && event.check === "boot-loader");
    assert.ok(bootLoader?.type === "checked" && bootLoader.passed, bootLoader?.type);
    const known = { ...lab.vps, knownHostsFile: installedKnownHosts(lab) };
    const { stdout } = await ssh(known, "ls -d /sys/firmware/efi; cat /boot/loader/entries/*.conf");
    assert.match(stdout, /^\/sys\/firmware\/efi\n(?:.*\n)*linux \/EFI\/nixos\//);
  }));

/** The run's key is in its own file and nowhere else; what others could read is not there at all. */
function assertKeepsSecrets(folder: string): void {
  const key = readFileSync(join(folder, "key"), "utf8").split("\n")[2] ?? "";
  assert.ok(key.length > 20);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    if (!name.endsWith(".pub")) assert.equal(statSync(path).mode & 0o077, 0, name);
    if (name !== "key") assert.ok(!readFileSync(path, "utf8").includes(key), `${name} holds the key`);
  }
}

test("without cpio, as a user with sudo, patched, with the store on the disk, and built on another machine", (t) =>
  onVps({ cpio: false, user: "admin" }, async (lab) => {
    const asked = ["--patch", "always", "--overlay", "always", "--swap-file", "always"];
    const builder = await startBuilder(lab, t);
    const run = await startBootstrap(lab, [...wipe, ...asked, ...builder]);
    await assertEnds(run, 0);
    if (builder.length > 0) assertBuiltElsewhere(lab, run);
    assert.deepEqual(skippedSteps(run), []);
    const lines = run.events.flatMap((event) => (event.type === "log" && event.step === "disko" ? [event.line] : []));
    assert.ok(!lines.some((line) => line.startsWith("+ udevadm")), "the unpatched script ran");
    const prepared = run.events.find(finished("prepare-target"));
    assert.match(prepared?.type === "step-finished" ? prepared.detail : "", /zram \d+ MiB, swap file 256 MiB/);
    // Nothing of the overlay is left on the disk; the installed system has no user admin, but root's key is the same.
    const asRoot = await ssh({ ...lab.vps, user: "root", knownHostsFile: installedKnownHosts(lab) }, "ls -A /nix");
    assert.deepEqual([asRoot.stdout.split("\n"), asRoot.stderr], [["store", "var"], ""]);
  }));

const storeOfBuilder = (lab: LabVps): string => join(lab.vps.folder, "builder/store");

/**
 * Another machine with Nix, whose store is empty, and the option that names it; none where this computer does not allow that. It fetches
 * the lab's packages from the store here, as others fetch those of nixpkgs from a cache.
 */
async function startBuilder(lab: LabVps, t: TestContext): Promise<readonly string[]> {
  const root = await labStoreRoot();
  if (withoutAccounts !== undefined || root === undefined) {
    t.diagnostic(`built here: ${withoutAccounts ?? "the Nix of this machine is itself in /nix"}`);
    return [];
  }
  const directory = join(lab.vps.folder, "builder");
  const machine = await startBuildMachine({ directory, place: "/nix", substituter: `local?root=${root}` });
  t.after(() => machine.stop());
  appendFileSync(lab.sshConfig, `${machine.sshConfig("builder").join("\n")}\n`);
  return ["--build-host", "builder"];
}

function assertBuiltElsewhere(lab: LabVps, { events }: RunningBootstrap): void {
  const built = events.findLast((event) => event.type === "noted" && event.notes.toplevel !== undefined);
  const toplevel = built?.type === "noted" ? built.notes.toplevel : undefined;
  assert.ok(existsSync(join(storeOfBuilder(lab), basename(toplevel ?? "nothing"))), toplevel);
  const lines = events.flatMap((event) => (event.type === "log" && event.step === "build" ? [event.line] : []));
  assert.ok(
    lines.some((line) => /^copying path '.*\.drv' to 'ssh-ng:/.test(line)),
    lines.join("\n"),
  );
}

/** A known_hosts file for the machine with the keys that its run pinned. */
function installedKnownHosts(lab: LabVps): string {
  const pinned = readFileSync(join(runFolder(lab, onlyRun(lab)), "known_hosts"), "utf8");
  const path = join(lab.vps.folder, "installed_known_hosts");
  writeFileSync(path, pinned.replaceAll(/^\S+/gm, `[${lab.vps.host}]:${lab.vps.port}`));
  return path;
}
