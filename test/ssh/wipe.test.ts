import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { confirmWipe } from "../../core/src/bootstrap/confirmWipe.ts";
import { diskoCommand } from "../../core/src/bootstrap/diskoCommand.ts";
import { patchDiskoScript } from "../../core/src/bootstrap/diskoPatch.ts";
import { installerBootId } from "../../core/src/bootstrap/installerBootId.ts";
import { patchedScriptPath } from "../../core/src/bootstrap/installerFiles.ts";
import { createMachine, type Machine } from "../../core/src/bootstrap/machine.ts";
import type { StepContext } from "../../core/src/bootstrap/step.ts";
import { machineOptions, type SshServer, startSshServer, withoutAccounts } from "./sshServer.ts";

// A machine that shows itself as the installer, and disks that are files of the test.
const skip = (!existsSync("/usr/sbin/sshd") && "openssh-server is not installed") || (withoutAccounts ?? false);
let directory: string;
let server: SshServer;
let machine: Machine;

before(async () => {
  if (skip) return;
  directory = mkdtempSync(join(tmpdir(), "nv-wipe-"));
  mkdirSync(join(directory, "run/sshd"), { recursive: true });
  becomeInstaller();
  for (const disk of ["vda", "vdb"]) {
    mkdirSync(join(directory, "block", disk), { recursive: true });
    writeFileSync(join(directory, "block", disk, "size"), "8388608\n");
    setSerial(disk, `serial-of-${disk}`);
  }
  server = await startSshServer({
    binds: [
      { from: join(directory, "os-release"), to: "/etc/os-release" },
      { from: join(directory, "block"), to: "/sys/block" },
      { from: join(directory, "run"), to: "/run" },
    ],
  });
  machine = createMachine(
    () => ({
      target: { ...server.target, user: "root" },
      acceptedKeys: [server.hostKey],
      privateKey: server.privateKey,
    }),
    machineOptions,
  );
});
after(() => {
  machine?.close();
  server?.stop();
  if (directory) rmSync(directory, { recursive: true });
});

function becomeInstaller(): void {
  writeFileSync(join(directory, "os-release"), 'ID=nixos\nVARIANT_ID="installer"\n');
}

function becomeOldSystem(): void {
  writeFileSync(join(directory, "os-release"), "ID=arch\n");
}

function setSerial(disk: string, serial: string): void {
  writeFileSync(join(directory, "block", disk, "serial"), `${serial}\n`);
}

interface Wipe {
  readonly disks?: readonly string[];
  readonly yesWipe?: readonly string[];
  readonly diskoScript?: string;
  readonly isPatched?: boolean;
  readonly ask?: StepContext["ask"];
  readonly on?: Machine;
}

function contextOf({ disks = ["/dev/vda"], yesWipe = [], diskoScript = "", isPatched = false, ask, on }: Wipe) {
  const said: string[] = [];
  const context = {
    machine: on ?? machine,
    signal: new AbortController().signal,
    request: { reference: { host: "web" }, target: "root@203.0.113.5", diskKeys: [] },
    yesWipe,
    plan: { facts: { disks: "unknown" }, steps: [{ id: "disko-patch", action: isPatched ? "run" : "skip" }] },
    notes: { disks, diskoScript },
    log: (line: string) => said.push(line),
    ask: async (question: Parameters<StepContext["ask"]>[0]) => {
      said.push(question.text);
      await ask?.(question);
    },
  } as unknown as StepContext;
  return { context, said };
}

test("the disks are named as the installer shows them, and what was allowed has to be all of them", {
  skip,
}, async () => {
  const asked = contextOf({ disks: ["/dev/vda", "/dev/vdb"] });
  await confirmWipe(asked.context);
  assert.match(asked.said[0] ?? "", /^Everything on \/dev\/vda \(.*serial-of-vda.*\) and \/dev\/vdb \(.*serial-of-vdb/);
  const allowed = contextOf({ yesWipe: ["/dev/vda"] });
  await confirmWipe(allowed.context);
  assert.match(allowed.said[0] ?? "", /^Wiping \/dev\/vda \(/);
  await assert.rejects(
    confirmWipe(contextOf({ disks: ["/dev/vdb"], yesWipe: ["/dev/vda"] }).context),
    /--yes-wipe allows \/dev\/vda, and web partitions \/dev\/vdb/,
  );
});

test("an installer is told from other systems, also those that are named like one", { skip }, async () => {
  const signal = new AbortController().signal;
  const remote = await machine.connection("installer", signal);
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  for (const [variant, expected] of [
    ['VARIANT_ID="installer"', boot],
    ["VARIANT_ID=installer", boot],
    ["VARIANT_ID=installer-like", undefined],
    ["PRETTY_NAME='VARIANT_ID=installer'", undefined],
    ["", undefined],
  ]) {
    writeFileSync(join(directory, "os-release"), `ID=nixos\n${variant}\nHOME_URL="x"\n`);
    assert.equal(await installerBootId(remote, signal), expected, variant);
  }
  becomeInstaller();
});

test("a machine that was started anew while somebody thought, or shows another disk, is not wiped", {
  skip,
}, async () => {
  const restarted = contextOf({ ask: async () => becomeOldSystem() });
  await assert.rejects(confirmWipe(restarted.context), /What answers is not the installer/);
  becomeInstaller();
  const exchanged = contextOf({ ask: async () => setSerial("vda", "other") });
  await assert.rejects(confirmWipe(exchanged.context), /The disks are not \/dev\/vda .* Nothing was wiped/);
  setSerial("vda", "serial-of-vda");
});

test("disks that are read by a script which is killed are not none", { skip }, async () => {
  // As the kernel does when memory runs out.
  const killed: Machine = {
    ...machine,
    sh: (stage, script, options) => machine.sh(stage, `kill -KILL $$\n${script}`, options),
  };
  for (const yesWipe of [[], ["/dev/vda"]]) {
    const { context, said } = contextOf({ disks: ["/dev/vdb"], yesWipe, on: killed });
    await assert.rejects(confirmWipe(context), /did not answer in whole .*: the script was killed by SIGKILL/);
    assert.deepEqual(said, []);
  }
});

const scriptFor = (...disks: string[]): string =>
  `#!/usr/bin/env bash\nfor dev in ${disks.join(" ")}; do\n  :\ndone\nudevadm trigger --subsystem-match=block\nudevadm settle --timeout 120\n`;

function writeScript(name: string, ...disks: string[]): string {
  const path = join(directory, name);
  writeFileSync(path, scriptFor(...disks), { mode: 0o755 });
  return path;
}

async function uploadPatched(text: string): Promise<void> {
  const signal = new AbortController().signal;
  const script = `mkdir -p ${patchedScriptPath.replace(/\/[^/]*$/, "")} && cat > ${patchedScriptPath} && sha256sum < ${patchedScriptPath}`;
  const { stdout } = await machine.sh("installer", script, { timeoutMs: 10_000, signal, stdin: text });
  assert.equal(stdout.split(" ")[0], createHash("sha256").update(text).digest("hex"));
}

test("a script that was patched for another configuration is not run, whatever lies there", { skip }, async () => {
  const old = writeScript("old", "/dev/vda");
  const corrected = writeScript("corrected", "/dev/vdb");
  const patched = patchDiskoScript(scriptFor("/dev/vda")).text;
  await uploadPatched(patched);
  assert.equal(
    await diskoCommand(contextOf({ diskoScript: old, isPatched: true }).context),
    `exec bash ${patchedScriptPath}`,
  );
  // Resumed without the patch: what was built runs, and not what was left.
  const resumed = { diskoScript: corrected, disks: ["/dev/vdb"] };
  assert.equal(await diskoCommand(contextOf(resumed).context), `exec ${corrected}`);
  await assert.rejects(
    diskoCommand(contextOf({ ...resumed, isPatched: true }).context),
    /is not the disko script that was built/,
  );
});

test("a script that partitions another disk than the one that is asked about is not run", { skip }, async () => {
  const diskoScript = writeScript("two", "/dev/vda", "/dev/vdb");
  await assert.rejects(
    diskoCommand(contextOf({ diskoScript }).context),
    /two does not partition \/dev\/vda, or not them alone/,
  );
  await assert.rejects(
    diskoCommand(contextOf({ diskoScript: "/nonexistent", disks: ["/dev/vda"] }).context),
    /ENOENT|no such file/,
  );
});
