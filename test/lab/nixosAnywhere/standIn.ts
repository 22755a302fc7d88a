import { cp, mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { shellQuote } from "../../../core/src/bootstrap/shellQuote.ts";
import { buildHere } from "./building.ts";
import { type Connection, connect, exitCodeOverSsh, ssh, sshArguments } from "./connection.ts";
import { Aborted, type Arguments } from "./parseArguments.ts";
import { formatDisks, installSystem, kexec, reboot } from "./phases.ts";
import { factsScript } from "./remoteScripts.ts";
import { CommandFailed, exitCodeOf, outputOf, runOrFail } from "./run.ts";
import { step } from "./step.ts";

type Facts = Readonly<Record<string, string>>;

/** Runs the phases that were asked for; `work` is a folder for its key. @throws Aborted, CommandFailed */
export async function standIn(given: Arguments, work: string): Promise<void> {
  const { phases } = given;
  const built = await buildHere(given);
  const host = given.target.slice(given.target.lastIndexOf("@") + 1);
  const keyFile = join(work, "nixos-anywhere");
  const asGiven = connect(given.target, keyFile, given.sshArgs);
  // It warns of the key, which is not there yet.
  await outputOf("ssh", [...asGiven.args, "-G", asGiven.destination]);
  // Without the kexec phase the target is the installer, where only root may log in.
  let connection = phases.has("kexec") ? asGiven : connect(`root@${host}`, keyFile, given.sshArgs);

  await uploadKey(given, connection, keyFile);
  const facts = await gatherFacts(connection);
  for (const [tool, purpose] of Object.entries(neededTools)) {
    if (facts[`has${tool}`] !== "y") throw new Aborted(purpose);
  }
  if (facts["isOs"] !== "Linux") {
    throw new Aborted(`This script requires Linux as the operating system, but got ${facts["isOs"]}`);
  }

  if (phases.has("kexec") && (facts["isInstaller"] !== "y" || given.forceKexec)) {
    await kexec(given, connection, { container: facts["isContainer"] ?? "none", sudo: sudoOf(facts) });
    connection = connect(`root@${host}`, keyFile, withPort(given));
    while ((await exitCodeOverSsh(connection, "exit 0", 10)) === 0) await sleep(1_000);
    while ((await exitCodeOverSsh(connection, "exit 0")) !== 0) await sleep(5_000);
    if ((await gatherFacts(connection))["isInstaller"] !== "y")
      throw new Aborted("Failed to kexec into NixOS installer");
  } else if (facts["isRoot"] !== "y") {
    await ssh(
      connection,
      `${sudoOf(facts)} mkdir -p /root/.ssh; ${sudoOf(facts)} cp ~/.ssh/authorized_keys /root/.ssh || true`,
    );
    connection = connect(`root@${host}`, keyFile, given.sshArgs);
  }

  if (given.useCaches) await tellCaches(given, connection);
  if (phases.has("disko")) await formatDisks(given, connection, built.disko);
  if (phases.has("install")) await installSystem(given, connection, built.system);
  if (phases.has("reboot")) await reboot(connection);
  step("Done!");
}

const neededTools = {
  Tar: "no tar command found, but required to unpack kexec tarball",
  Cpio: "no cpio command found, but required to build the new initrd",
  Setsid: "no setsid command respecting --wait found, but required to run the kexec script under a new session",
};

async function uploadKey({ identityFile, envPassword }: Arguments, to: Connection, keyFile: string): Promise<void> {
  if (identityFile === undefined) {
    await runOrFail("ssh-keygen", ["-t", "ed25519", "-f", keyFile, "-P", "", "-C", "nixos-anywhere"], {
      quiet: "stdout",
    });
  } else {
    await cp(identityFile, keyFile);
    await writeFile(`${keyFile}.pub`, `${await outputOf("ssh-keygen", ["-y", "-f", keyFile])}\n`);
  }
  step("Uploading install SSH keys");
  const other = envPassword ? [] : ["-o", "IdentitiesOnly=no"];
  const command = ["ssh-copy-id", ...other, "-o", "ConnectTimeout=10", ...to.args, to.destination];
  const [file = "", ...args] = envPassword ? ["sshpass", "-e", ...command] : command;
  const env = { HOME: await homeWithSshFolder(dirname(keyFile)) };
  while ((await exitCodeOf(file, args, { env })) !== 0) await sleep(3_000);
}

/** ssh-copy-id puts its files into ~/.ssh, which does not have to exist, nor to be one that can be made. */
async function homeWithSshFolder(work: string): Promise<string> {
  for (const home of [homedir(), join(work, "ssh-home")]) {
    const made = await mkdir(join(home, ".ssh"), { recursive: true, mode: 0o700 }).then(
      () => true,
      () => false,
    );
    if (made) return home;
  }
  throw new Aborted(`no .ssh folder can be made in ${work}`);
}

async function gatherFacts(connection: Connection): Promise<Facts> {
  step("Gathering machine facts");
  const output = await outputOf("ssh", sshArguments(connection, "sh --"), { input: factsScript }).catch(() => {
    throw new CommandFailed(1);
  });
  return Object.fromEntries([...output.matchAll(/^([A-Za-z]+)=(\S+)$/gm)].map(([, name, value]) => [name, value]));
}

function sudoOf(facts: Facts): string {
  if (facts["isRoot"] === "y") return "";
  if (facts["hasSudo"] === "y") return "sudo";
  if (facts["hasDoas"] === "y") return "doas";
  throw new Aborted("Unable to find a command to use to escalate privileges: Could not find `sudo` or `doas`");
}

/** Only a port given with -p is exchanged for the installer's, not one of --ssh-option. */
function withPort({ sshArgs, postKexecPort }: Arguments): string[] {
  const index = sshArgs.indexOf("-p");
  return index < 0 ? [...sshArgs] : sshArgs.with(index + 1, postKexecPort);
}

async function tellCaches({ configuration, nixOptions }: Arguments, to: Connection): Promise<void> {
  const list = (name: string) =>
    outputOf("nix", ["eval", ...nixOptions, "--apply", "toString", `${configuration}.nix.settings.${name}`]);
  const lines = [
    `extra-substituters = ${await list("substituters")}`,
    `extra-trusted-public-keys = ${await list("trusted-public-keys")}`,
  ];
  const append = `mkdir -p ~/.config/nix; printf '%s\\n' ${lines.map(shellQuote).join(" ")} >> ~/.config/nix/nix.conf`;
  await exitCodeOverSsh(to, append);
}
