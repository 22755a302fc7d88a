import { readFile } from "node:fs/promises";

/** A process as it can be told from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between the boot of this machine and the start of the process. */
  readonly startTicks: number;
}

/** @returns undefined when there is no such process, or it has ended and only waits to be collected */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the program's name in brackets and may hold spaces: count from behind it. proc(5)
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTicks] = [fields[0], fields[19]];
  return state === "Z" || startTicks === undefined ? undefined : { pid, startTicks: Number(startTicks) };
}

export async function isRunning({ pid, startTicks }: ProcessIdentity): Promise<boolean> {
  return (await identityOf(pid))?.startTicks === startTicks;
}

/** Asks the process to end, makes it after `graceMs`, and resolves when it is gone. Others with its number are left alone. */
export async function endProcess(identity: ProcessIdentity, graceMs = 5_000): Promise<void> {
  const end = Date.now() + graceMs;
  let signal: NodeJS.Signals | undefined = "SIGTERM";
  while (await isRunning(identity)) {
    if (signal !== undefined) process.kill(identity.pid, signal);
    signal = Date.now() > end ? "SIGKILL" : undefined;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
