import { existsSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { shellQuote } from "../../../core/src/bootstrap/shellQuote.ts";
import {
  CommandFailed,
  type Connection,
  connect,
  exitCodeOf,
  outputOf,
  runOrFail,
  sshArguments,
} from "./connection.ts";
import { Aborted, type Arguments } from "./parseArguments.ts";
import { factsScript, installScript, kexecScript, rebootScript } from "./remoteScripts.ts";

type Facts = Readonly<Record<string, string>>;

/** Runs the phases that were asked for; `work` is a folder for its key. @throws Aborted, CommandFailed */
export async function standIn(given: Arguments, work: string): Promise<void> {
  const { phases } = given;
  const built = await buildHere(given);
  const host = given.target.slice(given.target.lastIndexOf("@") + 1);
  const keyFile = join(work, "nixos-anywhere");
  // Without the kexec phase the target is the installer, where only root may log in.
  let connection = connect(phases.has("kexec") ? given.target : `root@${host}`, keyFile, given.sshArgs);

  await uploadKey(given, connection, keyFile);
  const facts = await gatherFacts(connection);
  for (const [tool, purpose] of Object.entries(neededTools)) {
    if (facts[`has${tool}`] !== "y") throw new Aborted(purpose);
  }
  if (facts["isOs"] !== "Linux") {
    throw new Aborted(`This script requires Linux as the operating system, but got ${facts["isOs"]}`);
  }

  if (phases.has("kexec") && (facts["isInstaller"] !== "y" || given.forceKexec)) {
    await kexec(given, connection, facts);
    connection = connect(`root@${host}`, keyFile, withPort(given));
    while ((await runSsh(connection, "exit 0", 10)) === 0) await sleep(1_000);
    while ((await runSsh(connection, "exit 0")) !== 0) await sleep(5_000);
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

interface Built {
  readonly disko?: string;
  readonly system?: string;
}

async function buildHere(given: Arguments): Promise<Built> {
  const { storePaths, phases, buildsRemotely, diskoAttribute } = given;
  if (storePaths !== undefined) {
    const { disko, system } = storePaths;
    if (!existsSync(disko) || !existsSync(system))
      throw new Aborted(`${disko} and ${system} must be existing store-paths`);
    return storePaths;
  }
  if (buildsRemotely) return {};
  return {
    ...(phases.has("disko") ? { disko: await build(given, diskoAttribute) } : {}),
    ...(phases.has("install") ? { system: await build(given, "toplevel") } : {}),
  };
}

async function build(given: Arguments, attribute: string, more: readonly string[] = []): Promise<string> {
  const installable = `${given.configuration}.system.build.${attribute}`;
  // Unlike --print-out-paths, Nix has had --json since its first flakes.
  const output = await outputOf("nix", ["build", "--json", "--no-link", ...given.nixOptions, ...more, installable]);
  const [result]: { outputs: { out: string } }[] = JSON.parse(output);
  if (result === undefined) throw new Aborted(`${installable} has no output`);
  return result.outputs.out;
}

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
  const command = ["ssh-copy-id", ...other, "-i", keyFile, "-o", "ConnectTimeout=10", ...to.args, to.destination];
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

async function kexec({ kexec: tarball, kexecExtraFlags }: Arguments, to: Connection, facts: Facts): Promise<void> {
  if (facts["isContainer"] !== "none") {
    const container = `This script does not support running from a '${facts["isContainer"]}' container.`;
    process.stderr.write(`WARNING: ${container} kexec will likely not work\n`);
  }
  step("Switching system into kexec");
  if (tarball === undefined || !existsSync(tarball)) throw new Aborted("the stand-in downloads nothing: --kexec FILE");
  const decompress = tarball.endsWith(".gz") ? "--gzip" : tarball.endsWith(".zst") ? "--zstd" : "";
  const script = kexecScript(sudoOf(facts), decompress, kexecExtraFlags);
  await ssh(to, 'mkdir -p "$HOME/kexec" && cat > "$HOME/kexec/nixos-anywhere-kexec.sh"', script);
  await runOrFail("ssh", sshArguments(to, 'cat > "$HOME/kexec/kexec-tarball.tar.gz"'), {
    inputFile: tarball,
  });
  if ((await runSsh(to, 'bash "$HOME/kexec/nixos-anywhere-kexec.sh"')) !== 0) {
    const logged = outputOf("ssh", sshArguments(to, 'cat "$HOME/kexec/nixos-anywhere.log"'), { quiet: "stderr" });
    const log = await logged.catch(() => undefined);
    if (log !== undefined) process.stderr.write(`Remote output log:\n${log}\n`);
    process.stderr.write("Kexec failed\n");
    throw new CommandFailed(1);
  }
}

/** Only a port given with -p is exchanged for the installer's, not one of --ssh-option. */
function withPort({ sshArgs, postKexecPort }: Arguments): string[] {
  const index = sshArgs.indexOf("-p");
  return index < 0 ? [...sshArgs] : sshArgs.with(index + 1, postKexecPort);
}

async function tellCaches({ configuration, nixOptions }: Arguments, to: Connection): Promise<void> {
  const list = (name: string) =>
    outputOf("nix", ["eval", "--raw", ...nixOptions, "--apply", "toString", `${configuration}.nix.settings.${name}`]);
  const lines = [
    `extra-substituters = ${await list("substituters")}`,
    `extra-trusted-public-keys = ${await list("trusted-public-keys")}`,
  ];
  const append = `mkdir -p ~/.config/nix; printf '%s\\n' ${lines.map(shellQuote).join(" ")} >> ~/.config/nix/nix.conf`;
  await runSsh(to, append);
}

async function formatDisks(given: Arguments, to: Connection, built: string | undefined): Promise<void> {
  for (const [remote = "", local = ""] of given.diskKeys) {
    step(`Uploading ${local} to ${remote}`);
    const store = `umask 077; mkdir -p ${shellQuote(dirname(remote))}; cat > ${shellQuote(remote)}`;
    await runOrFail("ssh", sshArguments(to, store), { inputFile: local });
  }
  if (built !== undefined) await copy(given, to, `ssh://${to.destination}?${given.storeSettings}`, built);
  else step("Building disko script");
  const script = built ?? (await build(given, given.diskoAttribute, remoteStore(given, to, "")));
  step("Formatting hard drive with disko");
  await ssh(to, script);
}

async function installSystem(given: Arguments, to: Connection, built: string | undefined): Promise<void> {
  const root = "remote-store=local%3Froot=%2Fmnt&";
  step(built === undefined ? "Building the system closure" : "Uploading the system closure");
  if (built !== undefined) await copy(given, to, `ssh://${to.destination}?${root}${given.storeSettings}`, built);
  const system = built ?? (await build(given, "toplevel", remoteStore(given, to, root)));

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

async function reboot(to: Connection): Promise<void> {
  step("Rebooting");
  await ssh(to, "sh", rebootScript);
  step("Waiting for the machine to become unreachable due to reboot");
  while ((await runSsh(to, "exit 0", 10)) === 0) await sleep(1_000);
}

async function copy(
  { nixOptions, nixCopyOptions }: Arguments,
  to: Connection,
  store: string,
  path: string,
): Promise<void> {
  const env = { NIX_SSHOPTS: to.args.join(" ") };
  await runOrFail("nix", ["copy", ...nixOptions, ...nixCopyOptions, "--to", store, path], { env });
}

function remoteStore({ storeSettings }: Arguments, to: Connection, root: string): string[] {
  const key = encodeURIComponent(to.keyFile);
  return ["--eval-store", "auto", "--store", `ssh-ng://${to.destination}?ssh-key=${key}&${root}${storeSettings}`];
}

/** @throws CommandFailed with the command's exit code, or ssh's 255 */
async function ssh(to: Connection, command: string, input?: string): Promise<void> {
  await runOrFail("ssh", sshArguments(to, command), input === undefined ? {} : { input });
}

/** @param timeoutSeconds after which ssh is ended */
async function runSsh(to: Connection, command: string, timeoutSeconds = 0): Promise<number> {
  return exitCodeOf("ssh", ["-o", "ConnectTimeout=10", ...sshArguments(to, command)], {
    timeoutMs: timeoutSeconds * 1000,
  });
}

function step(title: string): void {
  process.stdout.write(`### ${title} ###\n`);
}
