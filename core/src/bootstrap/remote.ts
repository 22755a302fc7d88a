import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { Duplex } from "node:stream";
import { Client, type ConnectConfig } from "ssh2";
import { lineCollector, type OutputStream } from "../process/lineCollector.ts";
import { fingerprintOf, type HostKey, hostKeyFromBlob, isSameKey } from "./hostKeys.ts";
import type { SshTarget } from "./openSsh.ts";

/** Nothing could be reached or logged in to; the message says what and what to do. */
export class ConnectionFailed extends Error {
  override readonly name = "ConnectionFailed";
  readonly reason: "refused" | "timed-out" | "unreachable" | "authentication" | "protocol";
  constructor(reason: ConnectionFailed["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The machine that answers is not the one that is expected. */
export class HostKeyMismatch extends Error {
  override readonly name = "HostKeyMismatch";
  readonly key: HostKey;
  constructor(message: string, key: HostKey) {
    super(message);
    this.key = key;
  }
}

/** The connection ended while something was under way; the command may or may not have been carried out. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** A command took longer than it was given. */
export class CommandTimedOut extends Error {
  override readonly name = "CommandTimedOut";
}

export interface ConnectOptions {
  readonly target: SshTarget;
  /** Keys that are accepted; the connection ends before authentication when the host has another one. */
  readonly acceptedKeys: readonly HostKey[];
  /** Private key without passphrase; the user's own identities and agent are used when it is left out. */
  readonly privateKey?: string | undefined;
  readonly password?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RunOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: string | Buffer | undefined;
  /** Called with each line of either output, without its end. */
  readonly onLine?: ((line: string, stream: OutputStream) => void) | undefined;
}

/** How a command ended; an exit code is data, not an error. `signal` is set when it was killed. */
export interface RunResult {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A connection to a machine. */
export interface Remote {
  readonly hostKey: HostKey;
  /** Runs a command line; quote words with `shellCommand`. Throws `ConnectionLost` or `CommandTimedOut`. */
  run(command: string, options: RunOptions): Promise<RunResult>;
  close(): void;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
}

// A peer that hangs sends nothing, not even a reset: it is given this long before the connection counts as lost.
const keepaliveIntervalMs = 5_000;
const keepaliveCount = 4;

/** Connects and logs in. Throws `ConnectionFailed`, `HostKeyMismatch`, or the signal's reason. */
export async function connect(options: ConnectOptions): Promise<Remote> {
  const { target, timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const client = new Client();
  // ssh2 reports more than one error for one cause, and errors after login show as a closed connection where somebody waits.
  client.on("error", () => undefined);
  const proxy = openProxy(target);
  let seen: HostKey | undefined;
  let rejected: HostKey | undefined;
  const closed = new Promise<void>((resolve) => client.once("close", resolve));
  void closed.then(() => proxy?.child.kill());

  const config: ConnectConfig = {
    host: target.hostname,
    port: target.port,
    username: target.user,
    readyTimeout: timeoutMs,
    keepaliveInterval: keepaliveIntervalMs,
    keepaliveCountMax: keepaliveCount,
    hostVerifier: (blob: Buffer) => {
      const key = hostKeyFromBlob(blob);
      seen = key;
      if (isSameKey(key, options.acceptedKeys)) return true;
      rejected = key;
      return false;
    },
    ...keyAlgorithms(options.acceptedKeys),
    ...(proxy ? { sock: proxy.stream } : {}),
    ...credentials(options),
  };

  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      client.destroy();
      reject(signal?.reason);
    };
    const fail = (error: Error & { level?: string; code?: string }): void => {
      signal?.removeEventListener("abort", abort);
      client.destroy();
      reject(
        rejected
          ? mismatch(target, rejected, options.acceptedKeys)
          : connectionError(target, error, proxy?.said() ?? ""),
      );
    };
    signal?.addEventListener("abort", abort, { once: true });
    client.once("ready", () => {
      signal?.removeEventListener("abort", abort);
      client.removeListener("error", fail);
      resolve();
    });
    client.once("error", fail);
    client.once("close", () => fail(new Error("the connection was closed before login")));
    client.connect(config);
  });
  if (!seen) throw new ConnectionFailed("protocol", `${target.hostname} sent no host key.`);
  return {
    hostKey: seen,
    run: (command, runOptions) => runCommand(client, target, command, runOptions),
    close: () => client.end(),
    closed,
  };
}

/** A host with keys of several types shows the one that is asked for, which must be one that is known. */
function keyAlgorithms(accepted: readonly HostKey[]): Partial<ConnectConfig> {
  const known = serverHostKeyAlgorithms.filter((algorithm) =>
    accepted.some(({ type }) => type === algorithm || (type === "ssh-rsa" && algorithm.startsWith("rsa-sha2-"))),
  );
  return known.length === 0 ? {} : { algorithms: { serverHostKey: [...known] } };
}

const serverHostKeyAlgorithms = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

function credentials({ target, privateKey, password }: ConnectOptions): Partial<ConnectConfig> {
  if (privateKey !== undefined) return { privateKey, ...(password === undefined ? {} : { password }) };
  const agent =
    target.identityAgent === "none"
      ? undefined
      : target.identityAgent?.replace(/^SSH_AUTH_SOCK$/, "") || process.env["SSH_AUTH_SOCK"];
  const key = target.identityFiles.map(readKey).find((text) => text !== undefined);
  return {
    ...(agent && !target.identitiesOnly ? { agent } : {}),
    ...(key === undefined ? {} : { privateKey: key }),
    ...(password === undefined ? {} : { password }),
  };
}

/** An unencrypted private key; keys with a passphrase are left to the agent. */
function readKey(path: string): string | undefined {
  try {
    const text = readFileSync(path.replace(/^~(?=\/)/, homedir()), "utf8");
    return /ENCRYPTED/.test(text) || isEncryptedOpenSshKey(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The cipher of an OpenSSH key stands after its magic (openssh PROTOCOL.key). */
function isEncryptedOpenSshKey(text: string): boolean {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1];
  if (base64 === undefined) return false;
  const blob = Buffer.from(base64.replace(/\s/g, ""), "base64");
  const magic = "openssh-key-v1\0";
  const length = blob.length > magic.length + 4 ? blob.readUInt32BE(magic.length) : 0;
  return blob.subarray(magic.length + 4, magic.length + 4 + length).toString() !== "none";
}

interface Proxy {
  readonly child: ChildProcess;
  readonly stream: Duplex;
  /** What it wrote to its standard error. */
  said(): string;
}

/** Jump hosts and proxy commands are OpenSSH's business: `ssh -W` gives a stream to the target (ssh(1)). */
function openProxy(target: SshTarget): Proxy | undefined {
  const { proxyJump, proxyCommand, hostname, port } = target;
  if (!proxyJump && !proxyCommand) return undefined;
  const hops = proxyJump?.split(",") ?? [];
  const before = hops.slice(0, -1).join(",");
  const argv = proxyJump
    ? [
        "ssh",
        "-o",
        "BatchMode=yes",
        ...(before ? ["-J", before] : []),
        "-W",
        `[${hostname}]:${port}`,
        "--",
        sshUri(hops.at(-1) ?? ""),
      ]
    : ["sh", "-c", `exec ${proxyCommand}`];
  const [program = "ssh", ...args] = argv;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  child.on("error", () => undefined);
  return { child, stream: Duplex.from({ readable: child.stdout, writable: child.stdin }), said: () => said.trim() };
}

/** `user@host:port` of a jump host as a destination that ssh takes. */
function sshUri(hop: string): string {
  return hop.startsWith("ssh://") || !/:\d+$/.test(hop) ? hop : `ssh://${hop}`;
}

function mismatch(target: SshTarget, key: HostKey, accepted: readonly HostKey[]): HostKeyMismatch {
  const known = accepted.map((other) => `${other.type} ${fingerprintOf(other)}`).join(" or ");
  const message = known
    ? `${target.hostname} answers with the host key ${key.type} ${fingerprintOf(key)}, not with ${known}. Nothing was sent to it: make sure that it is the right machine.`
    : `The host key of ${target.hostname} is not known: ${key.type} ${fingerprintOf(key)}.`;
  return new HostKeyMismatch(message, key);
}

function connectionError(
  { hostname, port, user }: SshTarget,
  error: Error & { level?: string; code?: string },
  proxySaid: string,
): Error {
  const where = `${hostname} port ${port}`;
  const because = proxySaid ? ` (the jump host says: ${proxySaid.split("\n").at(-1)})` : "";
  if (error.code === "ECONNREFUSED") return new ConnectionFailed("refused", `Nothing listens at ${where}.`);
  if (error.level === "client-authentication") {
    return new ConnectionFailed(
      "authentication",
      `${hostname} accepts none of the keys of ${user}. Check that "ssh ${user}@${hostname}" logs in, and that the key is in the agent or has no passphrase.`,
    );
  }
  if (error.level === "client-timeout" || error.code === "ETIMEDOUT")
    return new ConnectionFailed("timed-out", `${where} does not answer${because}.`);
  if (
    error.code === "EHOSTUNREACH" ||
    error.code === "ENETUNREACH" ||
    error.code === "ENOTFOUND" ||
    error.code === "EAI_AGAIN"
  ) {
    return new ConnectionFailed("unreachable", `There is no way to ${where}: ${error.code}${because}.`);
  }
  return new ConnectionFailed("protocol", `The connection to ${where} failed: ${error.message}${because}.`);
}

function runCommand(
  client: Client,
  target: SshTarget,
  command: string,
  { timeoutMs, signal, stdin, onLine }: RunOptions,
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const lost = (): void => finish(() => reject(new ConnectionLost(`The connection to ${target.hostname} was lost.`)));
    const aborted = (): void => finish(() => reject(signal?.reason));
    const timer = setTimeout(
      () =>
        finish(() =>
          reject(new CommandTimedOut(`${target.hostname} did not finish within ${Math.round(timeoutMs / 1000)} s.`)),
        ),
      timeoutMs,
    );
    let stop: (() => void) | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      client.removeListener("close", lost);
      signal?.removeEventListener("abort", aborted);
      stop?.();
      settle();
    };
    client.once("close", lost);
    signal?.addEventListener("abort", aborted, { once: true });
    try {
      client.exec(command, (error, channel) => {
        if (error)
          return finish(() => reject(new ConnectionLost(`${target.hostname} does not run commands: ${error.message}`)));
        const [out, err] = [lineCollector("stdout", onLine), lineCollector("stderr", onLine)];
        let ended: { exitCode: number | undefined; signal: string | undefined } | undefined;
        stop = () => void (ended ?? channel.destroy());
        channel.on("data", out.take);
        channel.stderr.on("data", err.take);
        channel.on("exit", (code: number | null, name?: string) => {
          ended = { exitCode: code ?? undefined, signal: name };
        });
        channel.on("close", () => {
          // A peer that goes down closes the channel without saying how the command ended.
          if (!ended) return lost();
          const result = ended;
          finish(() => resolve({ ...result, stdout: out.end(), stderr: err.end() }));
        });
        channel.end(stdin ?? "");
      });
    } catch (error) {
      // ssh2 throws when the connection is gone already.
      finish(() =>
        reject(
          new ConnectionLost(
            `The connection to ${target.hostname} is gone: ${error instanceof Error ? error.message : String(error)}`,
          ),
        ),
      );
    }
  });
}
