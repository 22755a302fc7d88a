import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { cacheFolder } from "./cache.ts";
import { buildVpsDisk } from "./images/vpsDisk.ts";
import { qmpSocket, serialLog, startQemu } from "./qemu.ts";
import { monitorCommand, qmp } from "./qmp.ts";
import { endProcess, isRunning, type ProcessIdentity } from "./runningProcess.ts";
import { type SshResult, type SshTarget, ssh, sshAnswers } from "./sshClient.ts";
import { until } from "./until.ts";

/** What a rented machine is like. */
export interface VpsOptions {
  /** Tells machines apart that run at once; a machine that has this name is replaced. */
  readonly name?: string;
  /** As a provider says it; Linux finds about 50 MiB less. */
  readonly memoryMiB?: number;
  /** Who /etc/os-release says made the system. */
  readonly os?: "arch" | "debian";
  /** The only user who may log in; admin may use sudo without a password. */
  readonly user?: "root" | "admin";
  /** The user may also log in with the password "lab". */
  readonly password?: boolean;
  /** false: cpio is missing until the package manager installs it. */
  readonly cpio?: boolean;
  /** The size of a swap file on /dev/vda1 that is in use; 0 for none. */
  readonly swapMiB?: number;
  /** Memory that is in use and can be swapped out, compressible to about two fifths. */
  readonly loadMiB?: number;
  /** Whether the machine outlives this process. */
  readonly detached?: boolean;
}

/** A machine that runs. Every method rejects when QEMU has ended. */
export interface Vps extends SshTarget {
  readonly name: string;
  /** Belongs to this machine alone; removed by `stop`. */
  readonly folder: string;
  /** The machine's host key as it stands in a known_hosts file: type and base64. */
  readonly knownHostKey: string;
  /** Runs a line of shell as `user`. */
  ssh(command: string, input?: string): Promise<SshResult>;
  /** What the machine has written to its serial console so far, from its first start. */
  serialLog(): Promise<string>;
  /** Resolves with the first line that matches and comes after the first `from` characters of the log. */
  waitForSerial(pattern: RegExp, options?: { from?: number; timeoutMs?: number }): Promise<string>;
  /** Resolves when an ssh server answers. */
  waitForSsh(timeoutMs?: number): Promise<void>;
  /** Presses the reset button: nothing is unmounted. The machine starts from its disk. */
  powerCycle(): Promise<void>;
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
  /** Ends the machine and removes its folder. */
  stop(): Promise<void>;
}

/** What is written down about a machine, so that another process finds it. */
interface MachineRecord {
  readonly name: string;
  readonly process: ProcessIdentity;
  readonly port: number;
  readonly user: string;
  readonly knownHostKey: string;
}

const host = "127.0.0.1";
const bootTimeoutMs = 120_000;
const machinesFolder = () => join(cacheFolder(), "machines");
const recordFile = (folder: string) => join(folder, "machine.json");

/**
 * Starts a machine from a fresh disk and resolves when it answers ssh.
 *
 * @throws TimedOut with the end of its console when it does not come up
 */
export async function startVps(options: VpsOptions = {}): Promise<Vps> {
  const { name = `vps-${process.pid}`, memoryMiB = 962, user = "root", detached = false } = options;
  const image = await buildVpsDisk();
  await (await findVps(name))?.stop();
  const folder = join(machinesFolder(), name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await execa("qemu-img", ["create", "-q", "-f", "qcow2", "-b", image, "-F", "raw", join(folder, "disk.qcow2")]);
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", join(folder, "key")]);
  await writeFile(serialLog(folder), "", { mode: 0o600 });

  const port = await freePort();
  const running = await startQemu({
    folder,
    memoryMiB,
    disk: "disk.qcow2",
    sshPort: port,
    settings: await settingsOf(options, user, folder),
    endsWithThisProcess: !detached,
  });
  try {
    const line = await waitForSerial(folder, running, /^lab: host key (\S+ \S+)$/m, { timeoutMs: bootTimeoutMs });
    const knownHostKey = line.slice("lab: host key ".length);
    await writeFile(join(folder, "known_hosts"), `[${host}]:${port} ${knownHostKey}\n`);
    const record: MachineRecord = { name, process: running, port, user, knownHostKey };
    await writeFile(recordFile(folder), JSON.stringify(record));
    const vps = machine(record, folder);
    await vps.waitForSsh();
    return vps;
  } catch (error) {
    await endProcess(running);
    throw error;
  }
}

/** The running machine that `startVps` was asked for by this name, in whichever process. */
export async function findVps(name: string): Promise<Vps | undefined> {
  const folder = join(machinesFolder(), name);
  if (!existsSync(recordFile(folder))) return undefined;
  const record: MachineRecord = JSON.parse(await readFile(recordFile(folder), "utf8"));
  return (await isRunning(record.process)) ? machine(record, folder) : undefined;
}

async function settingsOf(options: VpsOptions, user: string, folder: string): Promise<Record<string, string>> {
  const { os = "arch", password = false, cpio = true, swapMiB = 0, loadMiB = 0 } = options;
  const key = (await readFile(join(folder, "key.pub"), "utf8")).trim();
  const yesOrNo = (value: boolean) => (value ? "yes" : "no");
  return {
    ...{ os, login: user, "authorized-key": key, password: yesOrNo(password), cpio: yesOrNo(cpio) },
    ...{ "swap-mib": String(swapMiB), "load-mib": String(loadMiB) },
  };
}

function machine(record: MachineRecord, folder: string): Vps {
  const { name, process: running, port, user, knownHostKey } = record;
  const target: SshTarget = {
    ...{ host, port, user },
    ...{ keyFile: join(folder, "key"), knownHostsFile: join(folder, "known_hosts") },
  };
  const command = async (verb: string, args?: Record<string, unknown>) =>
    void (await qmp(qmpSocket(folder), verb, args));
  const link = (up: boolean) => command("set_link", { name: "nic", up });
  const monitor = async (line: string) => void (await monitorCommand(qmpSocket(folder), line));
  return {
    ...target,
    ...{ name, folder, knownHostKey },
    ssh: (line, input) => ssh(target, line, input),
    serialLog: () => readSerial(folder),
    waitForSerial: (pattern, options) => waitForSerial(folder, running, pattern, options),
    waitForSsh: (timeoutMs = bootTimeoutMs) => waitForSsh(folder, running, port, timeoutMs),
    powerCycle: () => command("system_reset"),
    pause: () => command("stop"),
    resume: () => command("cont"),
    unplugNetwork: () => link(false),
    plugNetwork: () => link(true),
    saveSnapshot: (snapshot) => monitor(`savevm ${snapshot}`),
    loadSnapshot: (snapshot) => monitor(`loadvm ${snapshot}`),
    isRunning: () => isRunning(running),
    stop: async () => {
      await endProcess(running);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readSerial(folder: string): Promise<string> {
  return (await readFile(serialLog(folder), "utf8")).replaceAll("\r", "");
}

async function waitForSerial(
  folder: string,
  running: ProcessIdentity,
  pattern: RegExp,
  { from = 0, timeoutMs = bootTimeoutMs }: { from?: number; timeoutMs?: number } = {},
): Promise<string> {
  return withConsole(folder, () =>
    until(`${pattern} on the console of the machine`, timeoutMs, async () => {
      const isUp = await isRunning(running);
      const line = (await readSerial(folder)).slice(from).match(pattern)?.[0];
      if (line === undefined && !isUp) throw new Error(`QEMU has ended while ${pattern} was awaited.`);
      return line;
    }),
  );
}

async function waitForSsh(folder: string, running: ProcessIdentity, port: number, timeoutMs: number): Promise<void> {
  await withConsole(folder, () =>
    until("an answer of ssh", timeoutMs, async () => {
      if (!(await isRunning(running))) throw new Error("QEMU has ended while an answer of ssh was awaited.");
      return (await sshAnswers(host, port)) || undefined;
    }),
  );
}

/** An error gets the end of the console's log, where the reason stands. */
async function withConsole<Result>(folder: string, wait: () => Promise<Result>): Promise<Result> {
  try {
    return await wait();
  } catch (error) {
    const end = (await readSerial(folder)).trimEnd().split("\n").slice(-30).join("\n");
    const qemu = await readFile(join(folder, "qemu.log"), "utf8");
    if (error instanceof Error) error.message += `\nQEMU said: ${qemu}\nIts console ends with:\n${end}`;
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("A listening TCP server has a port.");
  return address.port;
}
