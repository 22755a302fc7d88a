import { connect as connectSocket, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { HostKey } from "./hostKeys.ts";
import { installerBootId } from "./installerBootId.ts";
import type { LoginSecrets, WantedSecret } from "./loginSecrets.ts";
import type { SshTarget } from "./openSsh.ts";
import {
  CommandTimedOut,
  ConnectionFailed,
  ConnectionLost,
  connect,
  type Remote,
  type RunOptions,
  type RunResult,
} from "./remote.ts";
import { endMarkedScript, leftExitCode, scriptMark } from "./scriptMark.ts";
import { shellCommand } from "./shellQuote.ts";

/** The systems that run on a machine one after the other. */
export type Stage = "old" | "installer" | "installed";

/** How the system of a stage is logged in to. */
export interface Login {
  readonly target: SshTarget;
  readonly acceptedKeys: readonly HostKey[];
  /** The run's key; the user's own keys when it is left out. */
  readonly privateKey?: string | undefined;
  readonly secrets?: LoginSecrets | undefined;
}

export interface WaitOptions {
  readonly stage: Stage;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether the system that answers is the one that is waited for. */
  readonly isExpected: (remote: Remote) => Promise<boolean>;
  /** Called, maybe often, while nothing answers; behind a jump host it is not known. */
  readonly onSilence?: (() => void) | undefined;
}

/** The machine did not answer as expected in time; the message ends with what was seen last. */
export class NeverAnswered extends Error {
  override readonly name = "NeverAnswered";
  /** Nothing that could be talked to, a system that lets nobody in, one that wants a secret, or one that is not the expected one. */
  readonly seen: "nothing" | "no-login" | "locked" | "another-system";
  readonly wants: WantedSecret | undefined;
  constructor(message: string, seen: NeverAnswered["seen"], wants?: WantedSecret) {
    super(message);
    this.seen = seen;
    this.wants = wants;
  }
}

/** The system that answers is not the one that a script was meant for, or still works on an earlier one; nothing was sent to it. */
export class NotReady extends Error {
  override readonly name = "NotReady";
}

export interface MachineOptions {
  /** Id of the run; scripts that it left running are ended before others are begun. */
  readonly run: string;
  /** The boot of the installer that scripts for it are meant for, once one is known. */
  readonly installerBoot: () => string | undefined;
}

/** The machine that is installed, whatever runs on it; one connection at a time. */
export interface Machine {
  /** A connection to the system of a stage; the one that is open already when it lives. */
  connection(stage: Stage, signal: AbortSignal): Promise<Remote>;
  /**
   * Runs a shell script as root; when it is cancelled or takes too long, it is ended there too. A lost connection is opened anew by
   * the next call, which ends what was left. Throws `NotReady` besides what `Remote.run` throws.
   */
  sh(stage: Stage, script: string, options: RunOptions & { readonly signal: AbortSignal }): Promise<RunResult>;
  /** Tries until the expected system answers. Throws `NeverAnswered`, or what a wrong host key throws. */
  waitFor(options: WaitOptions): Promise<Remote>;
  /** Called with each new connection, which is let go when the listener throws. */
  onConnected(listener: (stage: Stage, remote: Remote) => void): void;
  /** Where the system of a stage is reached, as OpenSSH takes it. */
  addressOf(stage: Stage): { readonly host: string; readonly hostname: string; readonly port: number };
  userOf(stage: Stage): string;
  /** How the system of a stage is reached. */
  targetOf(stage: Stage): SshTarget;
  close(): void;
}

const loginTimeoutMs = 30_000;
/** A login that was begun on a system which goes down hangs, and the next system may answer meanwhile. */
const waitingLoginTimeoutMs = 15_000;
const endingTimeoutMs = 30_000;
const bannerTimeoutMs = 5_000;
const probeEveryMs = 1_000;
const retryMs = 250;
const otherSystemMs = 2_000;
const lockedMs = 60_000;

export function createMachine(loginOf: (stage: Stage) => Login, { run, installerBoot }: MachineOptions): Machine {
  const mark = scriptMark(run);
  /** Connections over which nothing of before is at work any more, with the boot that is behind them. */
  const ready = new WeakMap<Remote, string | undefined>();
  let current: { readonly stage: Stage; readonly remote: Remote } | undefined;
  const listeners: ((stage: Stage, remote: Remote) => void)[] = [];

  const keep = (stage: Stage, remote: Remote): Remote => {
    if (current && current.remote !== remote) current.remote.close();
    try {
      for (const listener of listeners) listener(stage, remote);
    } catch (error) {
      remote.close();
      throw error;
    }
    current = { stage, remote };
    void remote.closed.then(() => {
      if (current?.remote === remote) current = undefined;
    });
    return remote;
  };
  const connection = async (stage: Stage, signal: AbortSignal): Promise<Remote> => {
    if (current?.stage === stage) return current.remote;
    return keep(stage, await connect({ ...loginOf(stage), timeoutMs: loginTimeoutMs, signal }));
  };

  const endLeftOver = async (stage: Stage, remote: Remote, signal?: AbortSignal): Promise<boolean> => {
    const command = asRoot(loginOf(stage).target.user, endMarkedScript(mark));
    const { exitCode } = await remote.run(command, { timeoutMs: endingTimeoutMs, signal });
    // Who cannot become root has left nothing as root.
    return exitCode !== undefined && exitCode !== leftExitCode;
  };
  const prepare = async (stage: Stage, remote: Remote, signal: AbortSignal): Promise<void> => {
    const { hostname } = loginOf(stage).target;
    if (!ready.has(remote)) {
      const boot = stage === "installer" ? await installerBootId(remote, signal) : undefined;
      if (!(await endLeftOver(stage, remote, signal)))
        throw new NotReady(`${hostname} still works on what was begun before, and it cannot be ended: power-cycle it.`);
      ready.set(remote, boot);
    }
    const expected = installerBoot();
    if (stage === "installer" && expected && ready.get(remote) !== expected)
      throw new NotReady(
        `${hostname} was started anew meanwhile: what answers is not the installer of before. Nothing was done to it; resume to go on from what it is now.`,
      );
  };

  return {
    connection,
    async sh(stage, script, options) {
      const remote = await connection(stage, options.signal);
      await prepare(stage, remote, options.signal);
      try {
        return await remote.run(asRoot(loginOf(stage).target.user, script, [mark]), options);
      } catch (error) {
        // What cannot be ended now is looked for again before the next script.
        ready.delete(remote);
        if (!(error instanceof ConnectionLost)) await endLeftOver(stage, remote).catch(() => false);
        throw error;
      }
    },
    async waitFor({ stage, timeoutMs, signal, isExpected, onSilence }) {
      const begun = Date.now();
      let deadline = begun + timeoutMs;
      let last = "";
      let seen: NeverAnswered["seen"] = "nothing";
      let wants: WantedSecret | undefined;
      for (;;) {
        signal.throwIfAborted();
        const login = loginOf(stage);
        try {
          // Behind a jump host only a login tells.
          const isDirect = login.target.proxyJump === undefined && login.target.proxyCommand === undefined;
          const socket = isDirect ? await untilBanner(login.target, deadline, signal, onSilence) : undefined;
          const remote = await connect({ ...login, timeoutMs: waitingLoginTimeoutMs, signal, socket });
          if (await expects(remote, isExpected)) return keep(stage, remote);
          last = "What answers there is another system.";
          seen = "another-system";
          wants = undefined;
          // It is about to go down, and logins cost it time.
          await pause(otherSystemMs, signal);
        } catch (error) {
          if (!transient.some((type) => error instanceof type)) throw error;
          last = error instanceof Error ? error.message : "";
          const isRefused = error instanceof ConnectionFailed && error.reason === "authentication";
          const wanted = isRefused && error.wants?.kind === "passphrase" ? error.wants : undefined;
          // Nobody gives it meanwhile, and the system that is about to go down is gone by then.
          if (wanted && !wants) deadline = Math.min(deadline, Date.now() + lockedMs);
          if (!wanted && wants) deadline = begun + timeoutMs;
          wants = wanted;
          seen = wanted ? "locked" : isRefused ? "no-login" : "nothing";
        }
        if (Date.now() > deadline) {
          const { hostname, port } = login.target;
          const seconds = Math.round((deadline - begun) / 1000);
          throw new NeverAnswered(
            `${hostname} port ${port} did not answer as expected within ${seconds} s. ${last}`.trim(),
            seen,
            wants,
          );
        }
        await pause(retryMs, signal);
      }
    },
    onConnected: (listener) => void listeners.push(listener),
    addressOf(stage) {
      const { destination, hostname, port } = loginOf(stage).target;
      return { host: destination.replace(/^.*@/, ""), hostname, port };
    },
    userOf: (stage) => loginOf(stage).target.user,
    targetOf: (stage) => loginOf(stage).target,
    close: () => current?.remote.close(),
  };
}

/** What a machine that goes down or comes up does to a connection; one that is cut off in the middle of a command says nothing. */
const transient = [ConnectionFailed, ConnectionLost, CommandTimedOut];

/** Asks a system whether it is the expected one; the connection is closed unless it is. */
async function expects(remote: Remote, isExpected: WaitOptions["isExpected"]): Promise<boolean> {
  let isRight = false;
  try {
    isRight = await isExpected(remote);
  } finally {
    if (!isRight) remote.close();
  }
  return isRight;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}

// Programs for root are not in everybody's PATH, and sudo may keep the one of its user.
const rootPath = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH\n";

/** A command line that runs a script as root, with variables; without a password, because there is nobody to type one. */
export function asRoot(user: string, script: string, variables: readonly string[] = []): string {
  const shell = ["sh", "-c", `${rootPath}${script}`];
  const command = variables.length > 0 ? ["env", ...variables, ...shell] : shell;
  if (user === "root") return shellCommand(command);
  const become = 'if command -v sudo >/dev/null 2>&1; then exec sudo -n "$@"; else exec doas -n "$@"; fi';
  return shellCommand(["sh", "-c", become, "sh", ...command]);
}

/**
 * A connection on which an ssh server has introduced itself; undefined when the time is over. Connections to a machine that is dark may
 * hang where one that is made later is answered, so another one is tried every second, and sooner when one was turned away, which costs
 * nobody anything. The one that is answered is kept: each that a server accepts costs a machine that is slow.
 */
function untilBanner(
  { hostname, port }: SshTarget,
  deadline: number,
  signal: AbortSignal,
  onSilence: (() => void) | undefined,
): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const sockets = new Set<Socket>();
    let timer: NodeJS.Timeout | undefined;
    const finish = (answered?: Socket): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      for (const socket of sockets) if (socket !== answered) socket.destroy();
      sockets.clear();
      resolve(answered);
    };
    const abort = (): void => finish();
    const next = (milliseconds: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        onSilence?.();
        probe();
      }, milliseconds);
    };
    const probe = (): void => {
      if (Date.now() > deadline) {
        finish();
        return;
      }
      const socket = connectSocket({ host: hostname, port });
      sockets.add(socket);
      socket.setTimeout(bannerTimeoutMs, () => socket.destroy());
      socket.once("readable", () => {
        const data: Buffer | null = socket.read();
        if (!data?.toString("latin1").startsWith("SSH-")) {
          socket.destroy();
          return;
        }
        socket.unshift(data);
        socket.setTimeout(0);
        finish(socket);
      });
      socket.once("error", () => socket.destroy());
      socket.once("close", () => {
        if (sockets.delete(socket)) next(retryMs);
      });
      next(probeEveryMs);
    };
    signal.addEventListener("abort", abort, { once: true });
    probe();
  });
}
