import { execa } from "execa";

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
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly stdin?: string | undefined;
  readonly onLine?: ((line: string, stream: "stdout" | "stderr") => void) | undefined;
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

/** Output that is kept; lines beyond it still reach `onLine`. */
const keptCharacters = 4_000_000;

/**
 * Runs a program with an argv array, without a shell and without a terminal. Throws `ProcessFailed` when it cannot be started or
 * runs out of time, and the signal's reason when it is cancelled; the program is gone by then.
 */
export async function runProcess(
  argv: readonly [string, ...string[]],
  options: ProcessOptions,
): Promise<ProcessResult> {
  const [program, ...args] = argv;
  options.signal?.throwIfAborted();
  const child = execa(program, args, {
    reject: false,
    timeout: options.timeoutMs,
    forceKillAfterDelay: killAfterMs,
    cleanup: true,
    maxBuffer: keptCharacters,
    stripFinalNewline: false,
    ...(options.stdin === undefined ? { stdin: "ignore" as const } : { input: options.stdin }),
    ...(options.signal ? { cancelSignal: options.signal } : {}),
    ...(options.env ? { env: options.env } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  const { onLine } = options;
  if (onLine) {
    for (const stream of ["stdout", "stderr"] as const)
      void forwardLines(child.iterable({ from: stream }), stream, onLine);
  }
  const result = await child;
  if (result.isCanceled) throw options.signal?.reason;
  if (result.timedOut)
    throw new ProcessFailed("timed-out", `${program} did not end within ${Math.round(options.timeoutMs / 1000)} s.`);
  if (result.code === "ENOENT") throw new ProcessFailed("not-found", `${program} is not installed, or not on PATH.`);
  if (result.exitCode === undefined && result.signal === undefined)
    throw new ProcessFailed("not-started", `${program} could not be started: ${result.shortMessage}`);
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    stdout: String(result.stdout ?? ""),
    stderr: String(result.stderr ?? ""),
  };
}

async function forwardLines(
  lines: AsyncIterable<unknown>,
  stream: "stdout" | "stderr",
  onLine: NonNullable<ProcessOptions["onLine"]>,
): Promise<void> {
  try {
    for await (const line of lines) onLine(String(line), stream);
  } catch {
    // How the program ended is what its result says.
  }
}
