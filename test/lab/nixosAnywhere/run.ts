import { execa } from "execa";

/** A command ended with another exit code than 0, which becomes that of this program. */
export class CommandFailed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export interface RunOptions {
  /** What the program reads, instead of what this one is given. */
  readonly input?: string;
  readonly inputFile?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** What is not to be seen. */
  readonly quiet?: "stdout" | "stderr";
}

/** Runs a program with this one's terminal. A program that a signal ends has exit code 1. */
export async function exitCodeOf(file: string, args: readonly string[], options: RunOptions = {}): Promise<number> {
  return (await run(file, args, "inherit", options)).exitCode;
}

/** @throws CommandFailed */
export async function runOrFail(file: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  const exitCode = await exitCodeOf(file, args, options);
  if (exitCode !== 0) throw new CommandFailed(exitCode);
}

/** @returns what the program writes to standard output; @throws CommandFailed */
export async function outputOf(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { exitCode, stdout } = await run(file, args, "pipe", options);
  if (exitCode !== 0) throw new CommandFailed(exitCode);
  return stdout;
}

async function run(file: string, args: readonly string[], stdout: "inherit" | "pipe", options: RunOptions) {
  const { input, inputFile, env = {}, timeoutMs = 0, quiet } = options;
  const result = await execa(file, args, {
    stdin: input === undefined && inputFile === undefined ? "inherit" : "pipe",
    ...(input === undefined ? {} : { input }),
    ...(inputFile === undefined ? {} : { inputFile }),
    stdout: quiet === "stdout" ? "ignore" : stdout,
    stderr: quiet === "stderr" ? "ignore" : "inherit",
    ...{ env, timeout: timeoutMs, reject: false, buffer: { stdout: true, stderr: false } },
  });
  return { exitCode: result.exitCode ?? 1, stdout: String(result.stdout ?? "") };
}
