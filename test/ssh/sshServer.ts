import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { type HostKey, hostKeyFromBlob } from "../../core/src/bootstrap/hostKeys.ts";
import type { MachineOptions } from "../../core/src/bootstrap/machine.ts";
import type { SshTarget } from "../../core/src/bootstrap/openSsh.ts";

/** A machine of a test whose installer is not told from another. */
export const machineOptions: MachineOptions = { run: `test-${process.pid}`, installerBoot: () => undefined };

/** A real OpenSSH server on a free loopback port, with keys made for the test. */
export interface SshServer {
  readonly port: number;
  readonly directory: string;
  readonly hostKey: HostKey;
  readonly privateKey: string;
  readonly privateKeyFile: string;
  readonly target: SshTarget;
  /** Ends the server and all its sessions, as a machine that goes down does. */
  kill(): void;
  stop(): void;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export function makeKey(path: string): string {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "nixos-vps-test", "-f", path]);
  return readFileSync(path, "utf8");
}

function publicKeyBlob(path: string): Buffer {
  return Buffer.from(readFileSync(`${path}.pub`, "utf8").split(" ")[1] ?? "", "base64");
}

export function targetAt(port: number, changes: Partial<SshTarget> = {}): SshTarget {
  return {
    destination: "127.0.0.1",
    hostname: "127.0.0.1",
    user: userInfo().username,
    port,
    identityFiles: [],
    identitiesOnly: true,
    identityAgent: "none",
    proxyJump: undefined,
    proxyCommand: undefined,
    userKnownHostsFiles: [],
    globalKnownHostsFiles: [],
    hostKeyAlias: undefined,
    configFile: undefined,
    ...changes,
  };
}

/** Someone who can log in to a server that has accounts of its own. */
export interface Account {
  readonly name: string;
  /** 0 for root. */
  readonly uid: number;
  readonly password: string;
}

export interface SshServerOptions {
  readonly port?: number;
  /** Lets a second server stand in the place of the first. */
  readonly hostKeyFile?: string;
  readonly clientKeyFile?: string;
  /** Lines that stand before all others in sshd_config. */
  readonly config?: readonly string[];
  /** Who can log in, beside this machine's own users; needs root (`withoutAccounts`). Homes are below the server's directory. */
  readonly accounts?: readonly Account[];
  /** Paths that who logs in sees in the place of others; needs root and a mount namespace (`withoutAccounts`). */
  readonly binds?: readonly Bind[];
  /** Whether who logs in sees no processes but the server's; needs root and namespaces (`withoutAccounts`). */
  readonly isAlone?: boolean;
}

/** A file or directory that stands in the place of another. */
export interface Bind {
  readonly from: string;
  readonly to: string;
}

/** Why a server with accounts of its own cannot be started here. */
export const withoutAccounts =
  process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0
    ? undefined
    : "accounts of a test's own need root and a mount namespace";

export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const directory = mkdtempSync(join(tmpdir(), "nixos-vps-sshd-"));
  const port = options.port ?? (await freePort());
  const hostKeyFile = options.hostKeyFile ?? join(directory, "host_key");
  const privateKeyFile = options.clientKeyFile ?? join(directory, "client_key");
  if (!options.hostKeyFile) makeKey(hostKeyFile);
  if (!options.clientKeyFile) makeKey(privateKeyFile);
  writeFileSync(join(directory, "authorized_keys"), readFileSync(`${privateKeyFile}.pub`));
  // The server reads it as whoever logs in.
  chmodSync(join(directory, "authorized_keys"), options.accounts ? 0o644 : 0o600);
  const config = [
    ...(options.config ?? []),
    "ListenAddress 127.0.0.1",
    `Port ${port}`,
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${join(directory, "authorized_keys")}`,
    `PidFile ${join(directory, "pid")}`,
    "UsePAM no",
    "StrictModes no",
    "PasswordAuthentication no",
  ];
  writeFileSync(join(directory, "sshd_config"), `${config.join("\n")}\n`);
  // sshd wants its privilege separation directory when it runs as root.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true });
  const sshd = ["/usr/sbin/sshd", "-D", "-e", "-f", join(directory, "sshd_config")];
  const binds = [...(options.binds ?? []), ...(options.accounts ? accountFiles(directory, options.accounts) : [])];
  const command = binds.length > 0 ? withBinds(binds, sshd) : sshd;
  const alone = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const [program = "", ...args] = options.isAlone ? [...alone, ...command] : command;
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const kill = (): void => killGroup(child);
  // A test that fails does not stop it, and would never end for it.
  child.unref();
  (child.stderr as Socket).unref();
  process.once("exit", kill);
  await listening(port, child, () => said);
  return {
    port,
    directory,
    hostKey: hostKeyFromBlob(publicKeyBlob(hostKeyFile)),
    privateKey: readFileSync(privateKeyFile, "utf8"),
    privateKeyFile,
    target: targetAt(port),
    kill,
    stop() {
      process.removeListener("exit", kill);
      kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The server in a mount namespace of its own, where nobody else sees what it sees. */
function withBinds(binds: readonly Bind[], sshd: readonly string[]): string[] {
  const mounts = binds.map(({ from, to }) => `mount --bind '${from}' '${to}'`);
  return ["unshare", "--mount", "sh", "-c", `${mounts.join(" && ")} && exec "$@"`, "sh", ...sshd];
}

/** Files with users of a server's own for the places of /etc/passwd and /etc/shadow. */
function accountFiles(directory: string, accounts: readonly Account[]): Bind[] {
  chmodSync(directory, 0o755);
  const hash = (password: string): string =>
    execFileSync("openssl", ["passwd", "-6", "-stdin"], { input: password, encoding: "utf8" }).trim();
  const own = accounts.map(({ name, uid, password }) => {
    const home = join(directory, "home", name);
    mkdirSync(home, { recursive: true });
    chownSync(home, uid, uid);
    return {
      name,
      passwd: `${name}:x:${uid}:${uid}::${home}:/bin/sh`,
      shadow: `${name}:${hash(password)}:19000::::::`,
    };
  });
  const isOwn = (line: string): boolean => own.some(({ name }) => line.startsWith(`${name}:`));
  return (["passwd", "shadow"] as const).map((file) => {
    const others = readFileSync(`/etc/${file}`, "utf8")
      .split("\n")
      .filter((line) => line !== "" && !isOwn(line));
    const path = join(directory, file);
    writeFileSync(path, [...own.map((account) => account[file]), ...others, ""].join("\n"), { mode: 0o644 });
    return { from: path, to: `/etc/${file}` };
  });
}

/** Sessions of sshd are in groups of their own; they are its children. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  // From the top down: a session that outlives its command would still say how that ended.
  for (const pid of [child.pid, ...descendants(child.pid)]) signal(pid);
}

function descendants(pid: number): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendants)];
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    // It ended by itself.
    return [];
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

async function listening(port: number, child: ChildProcess, said: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${said()}`);
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = new Socket();
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.connect(port, "127.0.0.1");
      socket.once("connect", () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`sshd does not listen: ${said()}`);
}
