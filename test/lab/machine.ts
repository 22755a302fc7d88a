import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { readConsole, type SerialOptions, systemIsUp, waitForConsole, waitForMachine } from "./console.ts";
import { unpackUefiFirmware } from "./images/uefiFirmware.ts";
import { buildVpsImages } from "./images/vpsDisk.ts";
import { type MachineRecord, machineFolder, machineNames, readRecord, writeRecord } from "./machineRecord.ts";
import { qmpSocket, type RunningQemu, serialLog, startQemu } from "./qemu.ts";
import { monitorCommand, qmp } from "./qmp.ts";
import { endProcess, identityOf, isRunning } from "./runningProcess.ts";
import { type SshResult, type SshTarget, ssh, sshAnswers } from "./sshClient.ts";

/** What a rented machine is like. */
export interface VpsOptions {
  /** Tells machines apart that run at once, in all processes of this user; one that no other has by default. */
  readonly name?: string;
  /** As a provider says it, 962 by default; Linux finds about 50 MiB less. */
  readonly memoryMiB?: number;
  /** Who /etc/os-release says made the system; decides on the package manager too. */
  readonly os?: "arch" | "debian";
  /** What starts the system; with UEFI the old one starts from a drive of its own, while nothing on the disk can be started. */
  readonly firmware?: "bios" | "uefi";
  /** The only user who may log in; admin may use sudo without a password. */
  readonly user?: "root" | "admin";
  /** Whether the user has to log in with the password "lab", because no key is known there. */
  readonly password?: boolean;
  /** false: cpio is missing until the package manager installs it, or somebody runs `putCpioBack`. */
  readonly cpio?: boolean;
  /** false: there is no package manager, and the system is of no distribution that has one, whatever `os` says. */
  readonly packageManager?: boolean;
  /** The size of a swap file on /dev/vda1 that is in use; 0 for none. */
  readonly swapMiB?: number;
  /** Memory that is in use and can be swapped out, compressible to about two fifths. */
  readonly loadMiB?: number;
  /** What the installer for it is padded to, such as the 336 MiB of the official one; by default as small as it can be. */
  readonly initrdMiB?: number;
  /** Whether the machine outlives this process. Otherwise the kernel kills it with this one, whatever this one dies of. */
  readonly detached?: boolean;
}

/** A machine that runs. */
export interface Vps extends SshTarget {
  readonly name: string;
  /** Belongs to this machine alone; removed by `stop`. */
  readonly folder: string;
  /** The old system's host key as it stands in a known_hosts file: type and base64. */
  readonly knownHostKey: string;
  /** Runs a line of shell as `user`. */
  ssh(command: string, input?: string): Promise<SshResult>;
  /** What the machine has written to its serial console since its first start. */
  serialLog(): Promise<string>;
  /** Resolves with the text that the pattern matches. */
  waitForSerial(pattern: RegExp, options?: SerialOptions): Promise<string>;
  /** Resolves when an ssh server answers. */
  waitForSsh(timeoutMs?: number): Promise<void>;
  /** Presses the reset button: nothing is unmounted, and the machine starts from its disk. */
  powerCycle(): Promise<void>;
  /** Presses the reset button and resolves when the system that GRUB finds on the disk, the installed one, answers ssh. */
  bootInstalled(): Promise<void>;
  /** Stops and continues the processor, as a host that hangs does. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Pulls and puts back the network cable. Connections stay open and carry nothing. */
  unplugNetwork(): Promise<void>;
  plugNetwork(): Promise<void>;
  /** Keeps disk and memory under a name, and goes back to them. */
  saveSnapshot(name: string): Promise<void>;
  loadSnapshot(name: string): Promise<void>;
  isRunning(): Promise<boolean>;
  /** Ends the machine. Its folder stays, and it does not start again. */
  powerOff(): Promise<void>;
  /** Ends the machine and removes its folder. */
  stop(): Promise<void>;
}

const host = "127.0.0.1";
const bootTimeoutMs = 300_000;
/** Within this time a machine that starts has a record. */
const startingMs = 600_000;

/**
 * Starts a machine from a fresh disk and resolves when it answers ssh.
 *
 * @throws Error when a machine with this name runs
 * @throws TimedOut with the end of its console when it does not come up
 */
export async function startVps(options: VpsOptions = {}): Promise<Vps> {
  const { name = ownName(), user = "root" } = options;
  const { disk } = await buildVpsImages();
  const folder = await emptyFolder(name);
  await execa("qemu-img", ["create", "-q", "-f", "qcow2", "-b", disk, "-F", "raw", join(folder, "disk.qcow2")]);
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", join(folder, "key")]);
  await writeFile(serialLog(folder), "", { mode: 0o600 });

  const { process: running, sshPort: port } = await powerOn(options, folder);
  try {
    const starter = await identityOf(process.pid);
    const record: MachineRecord = { name, process: running, starter, port, user, knownHostKey: "", options };
    await writeRecord(folder, record);
    const line = await waitForConsole(folder, running, /^lab: host key \S+ \S+$/m, { timeoutMs: bootTimeoutMs });
    const complete = { ...record, knownHostKey: line.slice("lab: host key ".length) };
    await writeRecord(folder, complete);
    const vps = await openMachine(complete, folder);
    await vps.waitForSsh();
    return vps;
  } catch (error) {
    await endProcess(running);
    throw error;
  }
}

/** What a machine is continued from: its disk with a snapshot, its keys, and what it has written to the console. */
export const continuationFiles = ["disk.qcow2", "key", "key.pub", "serial.log"] as const;

/**
 * Continues a machine from a snapshot, as if it had not been interrupted.
 *
 * @param from a folder with `continuationFiles`, which are copied
 * @param options as the machine was started with, but for the name and whether it is detached
 */
export async function continueVps(
  options: VpsOptions,
  { from, snapshot, knownHostKey }: { from: string; snapshot: string; knownHostKey: string },
): Promise<Vps> {
  const { name = ownName(), user = "root" } = options;
  const folder = await emptyFolder(name);
  for (const file of continuationFiles) await cp(join(from, file), join(folder, file));
  const { process: running, sshPort: port } = await powerOn(options, folder, snapshot);
  const starter = await identityOf(process.pid);
  const record: MachineRecord = { name, process: running, starter, port, user, knownHostKey, options };
  await writeRecord(folder, record);
  return openMachine(record, folder);
}

/** The running machine that was started with this name, in whichever process. */
export async function findVps(name: string): Promise<Vps | undefined> {
  const record = await readRecord(name);
  return record && (await isRunning(record.process)) ? openMachine(record, machineFolder(name)) : undefined;
}

async function emptyFolder(name: string): Promise<string> {
  await removeEnded();
  if (await findVps(name)) throw new Error(`A machine ${name} runs already.`);
  const folder = machineFolder(name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

let started = 0;

/** The number of a process that runs is its own, and machines of earlier ones with that number are removed first. */
function ownName(): string {
  return `${process.pid}-${++started}`;
}

/** Folders of machines that ended with a process that could not remove them. */
async function removeEnded(): Promise<void> {
  for (const name of await machineNames()) {
    if (await isOver(name)) await rm(machineFolder(name), { recursive: true, force: true });
  }
}

async function isOver(name: string): Promise<boolean> {
  const record = await readRecord(name);
  if (record === undefined) {
    const made = await stat(machineFolder(name)).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs > startingMs;
  }
  const { options, process: qemu, starter } = record;
  // A machine that is switched off is kept for as long as whoever started it may ask for its disk.
  return !options.detached && !(await isRunning(qemu)) && !(starter && (await isRunning(starter)));
}

/** @param snapshot a state of the disk to continue from instead of a start */
async function powerOn(options: VpsOptions, folder: string, snapshot?: string): Promise<RunningQemu> {
  const { memoryMiB = 962, firmware = "bios", detached = false } = options;
  return startQemu({
    ...{ folder, memoryMiB, disk: "disk.qcow2", endsWithThisProcess: !detached },
    settings: await settingsOf(options, folder),
    ...(firmware === "bios" ? {} : { firmware: await unpackUefiFirmware(), drive: (await buildVpsImages()).efi }),
    ...(snapshot === undefined ? {} : { snapshot }),
  });
}

async function settingsOf(options: VpsOptions, folder: string): Promise<Record<string, string>> {
  const { os = "arch", user = "root", password = false, swapMiB = 0, loadMiB = 0 } = options;
  const { cpio = true, packageManager = true } = options;
  const key = (await readFile(join(folder, "key.pub"), "utf8")).trim();
  const yesOrNo = (value: boolean) => (value ? "yes" : "no");
  return {
    ...{ os, login: user, "authorized-key": password ? "" : key, password: yesOrNo(password) },
    ...{ cpio: yesOrNo(cpio), "package-manager": yesOrNo(packageManager) },
    ...{ "swap-mib": String(swapMiB), "load-mib": String(loadMiB) },
  };
}

async function openMachine(record: MachineRecord, folder: string): Promise<Vps> {
  const { name, process: running, port, user, knownHostKey } = record;
  const knownHostsFile = join(folder, "known_hosts");
  if (knownHostKey !== "" && !existsSync(knownHostsFile))
    await writeFile(knownHostsFile, `[${host}]:${port} ${knownHostKey}\n`);
  const password = record.options.password ? { password: "lab" } : {};
  const target: SshTarget = { host, port, user, keyFile: join(folder, "key"), knownHostsFile, ...password };
  const tell = async (command: string, args?: Record<string, unknown>) => {
    await qmp(qmpSocket(folder), command, args);
  };
  const tellMonitor = async (line: string) => {
    await monitorCommand(qmpSocket(folder), line);
  };
  const waitForSsh = async (timeoutMs = bootTimeoutMs) => {
    const ask = async () => (await sshAnswers(host, port)) || undefined;
    await waitForMachine(folder, running, "an answer of ssh", timeoutMs, ask);
  };
  return {
    ...target,
    ...{ name, folder, knownHostKey, waitForSsh },
    ssh: (line, input) => ssh(target, line, input),
    serialLog: () => readConsole(folder),
    waitForSerial: (pattern, options) => waitForConsole(folder, running, pattern, options),
    powerCycle: () => tell("system_reset"),
    bootInstalled: async () => {
      const from = (await readConsole(folder)).length;
      await tell("system_reset");
      await waitForConsole(folder, running, systemIsUp.installed, { from, timeoutMs: bootTimeoutMs });
      await waitForSsh();
    },
    pause: () => tell("stop"),
    resume: () => tell("cont"),
    unplugNetwork: () => tell("set_link", { name: "nic", up: false }),
    plugNetwork: () => tell("set_link", { name: "nic", up: true }),
    saveSnapshot: (snapshot) => tellMonitor(`savevm ${snapshot}`),
    loadSnapshot: (snapshot) => tellMonitor(`loadvm ${snapshot}`),
    isRunning: () => isRunning(running),
    powerOff: () => endProcess(running),
    stop: async () => {
      await endProcess(running);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
