import { connect as connectSocket, type Socket } from "node:net";
import { Client, type ConnectConfig } from "ssh2";
import { lineCollector, type OutputStream } from "../process/lineCollector.ts";
import { openProcessStream, type ProcessStream } from "../process/processStream.ts";
import { fingerprintOf, type HostKey, hostKeyFromBlob, isSameKey } from "./hostKeys.ts";
import type { WantedSecret } from "./loginSecrets.ts";
import { proxyArguments, type SshTarget } from "./openSsh.ts";
import { plainText } from "./plainText.ts";
import { createLoginAttempt, type LoginOptions } from "./remote/loginAttempt.ts";
import { shellCommand } from "./shellQuote.ts";

/** Nothing could be reached or logged in to; the message says what and what to do. */
export class ConnectionFailed extends Error {
  override readonly name = "ConnectionFailed";
  readonly reason: "refused" | "timed-out" | "unreachable" | "authentication" | "protocol";
  /** What would let us in, where that is known. */
  readonly wants: WantedSecret | undefined;
  constructor(reason: ConnectionFailed["reason"], message: string, wants?: WantedSecret) {
    super(message);
    this.reason = reason;
    this.wants = wants;
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

/**
 * The connection ended while something was under way; the command may or may not have been carried out. A peer that closes it goes
 * down or was cut off; one that is silent hangs, or the network to it is gone.
 */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  readonly isSilent: boolean;
  constructor(message: string, { isSilent = false }: { readonly isSilent?: boolean } = {}) {
    super(message);
    this.isSilent = isSilent;
  }
}

/** A command took longer than it was given. */
export class CommandTimedOut extends Error {
  override readonly name = "CommandTimedOut";
}

export interface ConnectOptions extends LoginOptions {
  /** Keys that are accepted; the connection ends before authentication when the host has another one. */
  readonly acceptedKeys: readonly HostKey[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** One that is open to the target already, of which nothing was read. */
  readonly socket?: Socket | undefined;
  /** How long a peer may be silent before the connection counts as lost; it sends not even a reset when it hangs. */
  readonly silenceMs?: number | undefined;
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
  /** Takes leave; a peer that does not answer is not waited for. */
  close(): void;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
}

const defaultSilenceMs = 20_000;
/** Questions that a silent peer leaves unanswered before it is given up. */
const keepaliveCount = 4;
const farewellMs = 2_000;

/** Connects and logs in. Throws `ConnectionFailed`, `HostKeyMismatch`, or the signal's reason. */
export async function connect(options: ConnectOptions): Promise<Remote> {
  const { target, timeoutMs, signal, silenceMs = defaultSilenceMs } = options;
  if (signal?.aborted) options.socket?.destroy();
  signal?.throwIfAborted();
  const client = new Client();
  // ssh2 reports more than one error for one cause, and errors after login show as a closed connection where somebody waits.
  let isSilent = false;
  client.on("error", (error: Error & { level?: string }) => {
    isSilent ||= error.level === "client-timeout";
  });
  const proxy = options.socket ? undefined : openProxy(target);
  const socket = options.socket ?? proxy?.stream ?? connectSocket({ host: target.hostname, port: target.port });
  // ssh2 does not destroy a socket whose writing end is closed, and the other side may never close its own.
  const drop = (): void => {
    socket.destroy();
    proxy?.end();
  };
  /** Whether somebody took the connection; programs that stand between do not tell. */
  let isTaken = options.socket !== undefined;
  socket.once("connect", () => {
    isTaken = true;
  });
  let seen: HostKey | undefined;
  let rejected: HostKey | undefined;
  const closed = new Promise<void>((resolve) => client.once("close", resolve));
  void closed.then(drop);

  const attempt = createLoginAttempt(options);
  const config: ConnectConfig = {
    host: target.hostname,
    port: target.port,
    username: target.user,
    readyTimeout: timeoutMs,
    keepaliveInterval: Math.ceil(silenceMs / keepaliveCount),
    keepaliveCountMax: keepaliveCount,
    authHandler: attempt.nextMethod,
    hostVerifier: (blob: Buffer) => {
      const key = hostKeyFromBlob(blob);
      seen = key;
      if (isSameKey(key, options.acceptedKeys)) return true;
      rejected = key;
      return false;
    },
    ...keyAlgorithms(options.acceptedKeys),
    sock: socket,
  };

  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      drop();
      reject(signal?.reason);
    };
    const fail = (error: Error & { level?: string; code?: string }): void => {
      // An agent that is gone is no reason not to try the keys in files.
      if (error.level === "agent") return;
      signal?.removeEventListener("abort", abort);
      drop();
      reject(
        rejected
          ? mismatch(target, rejected, options.acceptedKeys)
          : connectionError(target, error, { isTaken, proxySaid: proxy?.said() ?? "", wants: attempt.wants() }),
      );
    };
    signal?.addEventListener("abort", abort, { once: true });
    client.once("ready", () => {
      signal?.removeEventListener("abort", abort);
      client.removeListener("error", fail);
      resolve();
    });
    client.on("error", fail);
    client.once("close", () => fail(new Error("the connection was closed before login")));
    client.connect(config);
  });
  if (!seen) throw new ConnectionFailed("protocol", `${target.hostname} sent no host key.`);
  const lost = (): ConnectionLost =>
    isSilent
      ? new ConnectionLost(
          `${target.hostname} has been silent for ${Math.round(silenceMs / 1000)} s: it hangs, or the network to it is gone.`,
          { isSilent },
        )
      : new ConnectionLost(`The connection to ${target.hostname} was lost.`);
  return {
    hostKey: seen,
    run: (command, runOptions) => runCommand(client, target, command, runOptions, lost),
    close() {
      client.end();
      const timer = setTimeout(drop, farewellMs);
      void closed.then(() => clearTimeout(timer));
    },
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

/** A stream to the target where it is not reached directly. */
function openProxy(target: SshTarget): ProcessStream | undefined {
  const argv = proxyArguments(target);
  return argv && openProcessStream(argv);
}

function mismatch(target: SshTarget, key: HostKey, accepted: readonly HostKey[]): HostKeyMismatch {
  const known = accepted.map((other) => `${other.type} ${fingerprintOf(other)}`).join(" or ");
  const message = known
    ? `${target.hostname} answers with the host key ${key.type} ${fingerprintOf(key)}, not with ${known}. Nothing was sent to it: make sure that it is the right machine.`
    : `The host key of ${target.hostname} is not known: ${key.type} ${fingerprintOf(key)}.`;
  return new HostKeyMismatch(message, key);
}

function connectionError(
  { hostname, port, user, configFile }: SshTarget,
  error: Error & { level?: string; code?: string },
  {
    isTaken,
    proxySaid,
    wants,
  }: { readonly isTaken: boolean; readonly proxySaid: string; readonly wants: WantedSecret | undefined },
): Error {
  const where = `${hostname} port ${port}`;
  const because = proxySaid ? ` (the jump host says: ${plainText(proxySaid.split("\n").at(-1) ?? "")})` : "";
  if (error.code === "ECONNREFUSED")
    return new ConnectionFailed("refused", `Nothing listens at ${where}: check the port, and that sshd runs there.`);
  if (error.level === "client-authentication") {
    const login = [
      "ssh",
      ...(configFile === undefined ? [] : ["-F", configFile]),
      ...(port === 22 ? [] : ["-p", String(port)]),
      `${user}@${hostname}`,
    ];
    const refused =
      wants?.kind === "passphrase"
        ? `${hostname} wants the key ${wants.file}, ${wants.isWrong ? "which the passphrase that was given does not open" : "which has a passphrase"}.`
        : `${hostname} accepts none of the keys of ${user}. Check that "${shellCommand(login)}" logs in.`;
    return new ConnectionFailed("authentication", refused, wants);
  }
  if (error.level === "client-timeout" || error.code === "ETIMEDOUT") {
    const what = isTaken
      ? `${where} takes the connection and lets nobody in${because}: the machine hangs, or no ssh server listens there.`
      : `${where} does not answer${because}: check the address, that the machine is on, and that no firewall is between.`;
    return new ConnectionFailed("timed-out", what);
  }
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN")
    return new ConnectionFailed("unreachable", `No address is known for the name ${hostname} (${error.code}).`);
  if (error.code === "EHOSTUNREACH" || error.code === "ENETUNREACH")
    return new ConnectionFailed("unreachable", `There is no way to ${where}: ${error.code}${because}.`);
  return new ConnectionFailed("protocol", `The connection to ${where} failed: ${plainText(error.message)}${because}.`);
}

function runCommand(
  client: Client,
  target: SshTarget,
  command: string,
  { timeoutMs, signal, stdin, onLine }: RunOptions,
  whyLost: () => ConnectionLost,
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let isOver = false;
    const lost = (): void => finish(() => reject(whyLost()));
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
      isOver = true;
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
          return finish(() =>
            reject(new ConnectionLost(`${target.hostname} does not run commands: ${plainText(error.message)}`)),
          );
        // The channel was granted to somebody who has gone.
        if (isOver) return void channel.destroy();
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
