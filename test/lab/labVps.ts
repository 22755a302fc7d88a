import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { shellCommand } from "../../core/src/bootstrap/shellQuote.ts";
import { findProgram } from "../../core/src/bootstrap/sshShim.ts";
import { prepareFlake } from "./flake.ts";
import { buildInstaller } from "./images/installer.ts";
import { startVps, type Vps, type VpsOptions } from "./machine.ts";
import { nixosAnywherePath } from "./nixosAnywhere/nixosAnywherePath.ts";
import { nixEnvironment } from "./nixStore.ts";

/**
 * A rented machine with all that `nixos-vps bootstrap` needs to install it.
 *
 * There are two ways to run the command. With `options` and `environment.nix` everything is said in its command line. With
 * `environment.all` nothing is, as when VS Code starts it: `nixos-vps bootstrap FLAKE#lab root@127.0.0.1 --port PORT`, or
 * `FLAKE#lab lab`. Either way the process, or the VS Code that starts it, has to be started by `inLabStore`, because programs find
 * their store at /nix.
 */
export interface LabVps {
  readonly vps: Vps;
  /** What ssh takes: `root@127.0.0.1`. The ssh configuration also knows the machine as `lab`, with its port. */
  readonly target: string;
  /** A folder with the flake whose hosts `lab` and `hidden-sshd`, or `uefi`, the machine can be installed with. */
  readonly flake: string;
  /** The installer's archive. */
  readonly installer: string;
  /** An OpenSSH configuration with the machine's key and its known host key. */
  readonly sshConfig: string;
  /** Where runs are kept. */
  readonly state: string;
  /** Options of `nixos-vps bootstrap` that name port, ssh configuration and installer. */
  readonly options: readonly string[];
  readonly environment: {
    /** Nix, nixos-anywhere (the stand-in, unless `NIXOS_VPS_NIXOS_ANYWHERE` names one) and the place for runs. */
    readonly nix: Readonly<Record<string, string>>;
    /** The same, and in PATH an `ssh` that reads `sshConfig`; nixos-anywhere takes `installer` unless it is told another. */
    readonly all: Readonly<Record<string, string>>;
  };
  /** Ends the machine and removes everything that belongs to it, runs included. */
  stop(): Promise<void>;
}

/**
 * Rents a machine for `startCodeServer({ inside: inLabStore, environment: lab.environment.all, ... })`, or for a child process of
 * this one, to install.
 *
 * It answers ssh within ten seconds once its images are made, which takes half a minute. Without `detached` it
 * ends with this process, also when that is killed.
 *
 * To make a run fail: `cpio: false, packageManager: false` is refused by the plan until `putCpioBack`; `occupyOldDisk` while the
 * wipe is being confirmed makes the step `disko` fail with `disk-in-use` until it is released.
 */
export async function startLabVps(options: VpsOptions = {}): Promise<LabVps> {
  const vps = await startVps(options);
  try {
    return await prepareLabVps(vps, options.initrdMiB);
  } catch (error) {
    await vps.stop();
    throw error;
  }
}

export async function prepareLabVps(vps: Vps, initrdMiB = 0): Promise<LabVps> {
  const flake = join(vps.folder, "flake");
  await prepareFlake(flake, await readFile(`${vps.keyFile}.pub`, "utf8"));
  const installer = await buildInstaller(initrdMiB);
  const sshConfig = await writeSshConfig(vps);
  // Short, because the path of a socket in it may have 107 characters.
  const state = join(vps.folder, "s");
  await mkdir(state, { recursive: true });
  const nix = {
    ...nixEnvironment,
    ...(vps.password === undefined ? {} : { SSHPASS: vps.password }),
    NIXOS_VPS_STATE_DIR: state,
    NIXOS_VPS_NIXOS_ANYWHERE: nixosAnywherePath(),
  };
  return {
    ...{ vps, flake, installer, sshConfig, state },
    target: `${vps.user}@${vps.host}`,
    options: ["--port", String(vps.port), "--ssh-config", sshConfig, "--kexec", installer],
    environment: { nix, all: { ...nix, ...(await writePrograms(vps.folder, sshConfig, installer)) } },
    stop: () => vps.stop(),
  };
}

async function writeSshConfig(vps: Vps): Promise<string> {
  const file = join(vps.folder, "ssh_config");
  const lines = [
    "Host lab",
    "  HostName 127.0.0.1",
    `  Port ${vps.port}`,
    `  User ${vps.user}`,
    "Host lab 127.0.0.1",
    ...(vps.password === undefined ? [`  IdentityFile "${vps.keyFile}"`] : []),
    "  IdentitiesOnly yes",
    "  IdentityAgent none",
    `  UserKnownHostsFile "${vps.knownHostsFile}"`,
    "  GlobalKnownHostsFile /dev/null",
  ];
  await writeFile(file, lines.map((line) => `${line}\n`).join(""));
  return file;
}

/** Puts first in PATH what a command line would say otherwise. */
async function writePrograms(folder: string, sshConfig: string, installer: string): Promise<Record<string, string>> {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  const ssh = findProgram("ssh");
  if (ssh === undefined) throw new Error("ssh is not installed: npm run setup installs it.");
  // What is given to them comes later and counts.
  await writeProgram(join(bin, "ssh"), [ssh, "-F", sshConfig]);
  const nixosAnywhere = join(bin, "nixos-anywhere");
  // The stand-in needs the Node that this process runs under; what a VS Code server starts may have the PATH of a login shell.
  const node = `NIXOS_VPS_LAB_NODE=${process.execPath}`;
  await writeProgram(nixosAnywhere, ["env", node, nixosAnywherePath(), "--kexec", installer]);
  const path = [bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  return { PATH: path, NIXOS_VPS_NIXOS_ANYWHERE: nixosAnywhere };
}

async function writeProgram(file: string, command: readonly string[]): Promise<void> {
  await writeFile(file, `#!/bin/sh\nexec ${shellCommand(command)} "$@"\n`);
  await chmod(file, 0o755);
}

/** Installs cpio on the old system by hand, as somebody would who has read that it is missing. */
export async function putCpioBack(vps: Vps): Promise<void> {
  const sudo = vps.user === "root" ? "" : "sudo ";
  await succeed(vps, `${sudo}mv /usr/lib/lab/cpio /usr/bin/cpio`);
}

/**
 * Makes the installer use the disk that is to be repartitioned: swap on it when the machine has a swap file, and a file system that
 * cannot be unmounted, because a program works in it.
 */
export async function occupyOldDisk(vps: Vps): Promise<{ release(): Promise<void> }> {
  const swap = "if [ -f /old/swapfile ]; then swapon /old/swapfile; fi";
  const program = "{ (cd /old && exec sleep 1000000) < /dev/null > /dev/null 2>&1 & echo $!; }";
  const pid = Number(await succeed(vps, `mkdir -p /old && mount /dev/vda1 /old && ${swap} && ${program}`));
  return { release: async () => void (await succeed(vps, `kill ${pid}`)) };
}

async function succeed(vps: Vps, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await vps.ssh(command);
  if (exitCode !== 0) throw new Error(`${command}: exit code ${exitCode}\n${stderr}`);
  return stdout.trim();
}
