import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { signalGroup } from "./runProcess.ts";

export interface DetachedOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where its error output goes; emptied first, readable by its owner only. */
  readonly errorFile: string;
}

/** A program that outlives whoever started it. */
export interface DetachedProcess {
  readonly pid: number;
  /** Resolves when it ended before we did. */
  readonly ended: Promise<void>;
  /** Ends it and what it started. */
  kill(): void;
}

/**
 * Starts a program as the leader of a session of its own, so that no terminal that closes and no process group that is killed takes
 * it along (setsid(2)). Rejects when it cannot be started.
 */
export async function startDetached(
  argv: readonly [string, ...string[]],
  { cwd, env, errorFile }: DetachedOptions,
): Promise<DetachedProcess> {
  const [program, ...args] = argv;
  const errors = openSync(errorFile, "w", 0o600);
  try {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "ignore", errors] });
    await once(child, "spawn");
    child.unref();
    const ended = child.exitCode === null ? once(child, "exit").then(() => undefined) : Promise.resolve();
    return { pid: child.pid ?? 0, ended, kill: () => signalGroup(child.pid, "SIGKILL") };
  } finally {
    closeSync(errors);
  }
}
