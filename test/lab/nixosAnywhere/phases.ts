import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { shellQuote } from "../../../core/src/bootstrap/shellQuote.ts";
import { buildThere, copy } from "./building.ts";
import { type Connection, exitCodeOverSsh, ssh, sshArguments } from "./connection.ts";
import { Aborted, type Arguments } from "./parseArguments.ts";
import { installScript, kexecScript, rebootScript } from "./remoteScripts.ts";
import { CommandFailed, outputOf, runOrFail } from "./run.ts";
import { step } from "./step.ts";

export async function kexec(
  { kexec: tarball, kexecExtraFlags }: Arguments,
  to: Connection,
  { container, sudo }: { container: string; sudo: string },
): Promise<void> {
  if (container !== "none") {
    const warning = `This script does not support running from a '${container}' container.`;
    process.stderr.write(`WARNING: ${warning} kexec will likely not work\n`);
  }
  step("Switching system into kexec");
  if (tarball === undefined || !existsSync(tarball)) throw new Aborted("the stand-in downloads nothing: --kexec FILE");
  const decompress = tarball.endsWith(".gz") ? "--gzip" : tarball.endsWith(".zst") ? "--zstd" : "";
  const script = kexecScript(sudo, decompress, kexecExtraFlags);
  await ssh(to, 'mkdir -p "$HOME/kexec" && cat > "$HOME/kexec/nixos-anywhere-kexec.sh"', script);
  await runOrFail("ssh", sshArguments(to, 'cat > "$HOME/kexec/kexec-tarball.tar.gz"'), {
    inputFile: tarball,
  });
  if ((await exitCodeOverSsh(to, 'bash "$HOME/kexec/nixos-anywhere-kexec.sh"')) !== 0) {
    const logged = outputOf("ssh", sshArguments(to, 'cat "$HOME/kexec/nixos-anywhere.log"'), { quiet: "stderr" });
    const log = await logged.catch(() => undefined);
    if (log !== undefined) process.stderr.write(`Remote output log:\n${log}\n`);
    process.stderr.write("Kexec failed\n");
    throw new CommandFailed(1);
  }
}

export async function formatDisks(given: Arguments, to: Connection, built: string | undefined): Promise<void> {
  for (const [remote = "", local = ""] of given.diskKeys) {
    step(`Uploading ${local} to ${remote}`);
    const store = `umask 077; mkdir -p ${shellQuote(dirname(remote))}; cat > ${shellQuote(remote)}`;
    await runOrFail("ssh", sshArguments(to, store), { inputFile: local });
  }
  if (built !== undefined) await copy(given, to, `ssh://${to.destination}?${given.storeSettings}`, built);
  else step("Building disko script");
  const script = built ?? (await buildThere(given, to, "", given.diskoAttribute));
  step("Formatting hard drive with disko");
  await ssh(to, script);
}

export async function installSystem(given: Arguments, to: Connection, built: string | undefined): Promise<void> {
  const root = "remote-store=local%3Froot=%2Fmnt&";
  step(built === undefined ? "Building the system closure" : "Uploading the system closure");
  if (built !== undefined) await copy(given, to, `ssh://${to.destination}?${root}${given.storeSettings}`, built);
  const system = built ?? (await buildThere(given, to, root, "toplevel"));

  if (given.extraFiles !== undefined) {
    step("Copying extra files");
    const unpack = execa("ssh", sshArguments(to, "tar -C /mnt -xf- --no-same-owner"), {
      stdout: "inherit",
      stderr: "inherit",
    });
    const pack = execa("tar", ["-C", given.extraFiles, "-cpf-", "."], { stderr: "inherit", buffer: false });
    const { exitCode } = await pack.pipe(unpack).catch((error: { exitCode?: number }) => error);
    if (exitCode !== 0) throw new CommandFailed(exitCode ?? 1);
    await ssh(to, "chmod 755 /mnt");
  }
  for (const [path = "", owner = ""] of given.ownership) {
    await ssh(to, `chown -R ${shellQuote(owner)} ${shellQuote(`/mnt/${path}`)}`);
  }
  step("Installing NixOS");
  await ssh(to, "sh", installScript(system, given.copyHostKeys));
}

export async function reboot(to: Connection): Promise<void> {
  step("Rebooting");
  await ssh(to, "sh", rebootScript);
  step("Waiting for the machine to become unreachable due to reboot");
  while ((await exitCodeOverSsh(to, "exit 0", 10)) === 0) await sleep(1_000);
}
