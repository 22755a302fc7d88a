import { execa } from "execa";
import { lineCollector, type OutputStream } from "./lineCollector.ts";

/** How a local program ended; an exit code is data. */
export interface ProcessResult {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Added to the environment; a variable that is undefined is left out of it. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  readonly stdin?: string | undefined;
  /** How much of standard output is kept, from its end; some million characters when it is not said. */
  readonly keptCharacters?: number | undefined;
  readonly onLine?: ((line: string, stream: OutputStream) => void) | undefined;
  /** Called with the process group once it runs. */
  readonly onStarted?: ((processGroup: number) => void) | undefined;
}

/** A program could not be started or did not end in time; the message says which and what to do. */
export class ProcessFailed extends Error {
  override readonly name = "ProcessFailed";
  readonly reason: "not-found" | "timed-out" | "not-started";
  constructor(reason: ProcessFailed["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** How long a program may take to end after SIGTERM. */
const killAfterMs = 5_000;

/**
 * Runs a program with an argv array, without a shell. It is the leader of a session of its own, so that nothing it starts can ask
 * at our terminal and all of it ends together. Throws `ProcessFailed` when it cannot be started or runs out of time, and the
 * signal's reason when it is cancelled; the program and what it started are gone by then.
 */
export async function runProcess(
  argv: readonly [string, ...string[]],
  options: ProcessOptions,
): Promise<ProcessResult> {
  const [program, ...args] = argv;
  const { timeoutMs, signal, onLine, cwd } = options;
  signal?.throwIfAborted();
  const child = execa(program, args, {
    reject: false,
    detached: true,
    buffer: false,
    ...(options.stdin === undefined ? { stdin: "ignore" as const } : { input: options.stdin }),
    ...(options.env ? { env: options.env } : {}),
    ...(cwd ? { cwd } : {}),
  });
  const outputs = {
    stdout: lineCollector("stdout", onLine, options.keptCharacters),
    stderr: lineCollector("stderr", onLine),
  };
  child.stdout?.on("data", outputs.stdout.take);
  child.stderr?.on("data", outputs.stderr.take);
  const end = endOf(child.pid);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end.politely();
  }, timeoutMs);
  signal?.addEventListener("abort", end.politely, { once: true });
  process.once("exit", end.atOnce);
  try {
    // It may be what cancels.
    if (child.pid !== undefined) options.onStarted?.(child.pid);
    const result = await child;
    if (signal?.aborted) throw signal.reason;
    if (isLate)
      throw new ProcessFailed("timed-out", `${program} did not end within ${Math.round(timeoutMs / 1000)} s.`);
    if (result.code === "ENOENT") throw new ProcessFailed("not-found", `${program} is not installed, or not on PATH.`);
    if (result.exitCode === undefined && result.signal === undefined)
      throw new ProcessFailed("not-started", `${program} could not be started: ${result.shortMessage}`);
    return {
      exitCode: result.exitCode,
      signal: result.signal,
      stdout: outputs.stdout.end(),
      stderr: outputs.stderr.end(),
    };
  } finally {
    clearTimeout(timer);
    end.done();
    signal?.removeEventListener("abort", end.politely);
    process.removeListener("exit", end.atOnce);
  }
}

/** Ways to end a process group. */
function endOf(group: number | undefined): { politely(): void; atOnce(): void; done(): void } {
  let timer: NodeJS.Timeout | undefined;
  let isEnding = false;
  return {
    politely() {
      isEnding = true;
      signalGroup(group, "SIGTERM");
      timer = setTimeout(() => signalGroup(group, "SIGKILL"), killAfterMs);
    },
    atOnce: () => signalGroup(group, "SIGKILL"),
    done() {
      clearTimeout(timer);
      // What the program started may have outlived it.
      if (isEnding) signalGroup(group, "SIGKILL");
    },
  };
}

/** Signals all processes of a group that are still there. */
export function signalGroup(group: number | undefined, signal: NodeJS.Signals): void {
  if (group === undefined || group <= 1) return;
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended.
  }
}
