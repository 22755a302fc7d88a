import { readFile } from "node:fs/promises";
import { errorLog, serialLog } from "./qemu.ts";
import { isRunning, type ProcessIdentity } from "./runningProcess.ts";
import { until } from "./until.ts";

/** What each system writes to the console when it has started everything but its ssh server, which follows at once. */
export const systemIsUp = {
  vps: /^lab: the VPS is up$/m,
  installer: /^lab: the installer is up$/m,
  installed: /^lab: the installed system is up$/m,
} as const;

export interface SerialOptions {
  /** How much of the log to pass over, in characters. */
  readonly from?: number;
  readonly timeoutMs?: number;
}

/** What the machine has written to its serial console. */
export async function readConsole(folder: string): Promise<string> {
  return (await readFile(serialLog(folder), "utf8")).replaceAll("\r", "");
}

/**
 * @returns the text that `pattern` matched
 * @throws TimedOut, or Error when QEMU has ended, with the end of the console's log
 */
export async function waitForConsole(
  folder: string,
  running: ProcessIdentity,
  pattern: RegExp,
  { from = 0, timeoutMs = 120_000 }: SerialOptions = {},
): Promise<string> {
  return waitForMachine(folder, running, `${pattern} on its console`, timeoutMs, async () => {
    return (await readConsole(folder)).slice(from).match(pattern)?.[0];
  });
}

/** Asks until there is an answer; an error gets the end of the console's log, where the reason stands. */
export async function waitForMachine<Result>(
  folder: string,
  running: ProcessIdentity,
  what: string,
  timeoutMs: number,
  ask: () => Promise<Result | undefined>,
): Promise<Result> {
  try {
    return await until(what, timeoutMs, async () => {
      const isUp = await isRunning(running);
      const answer = await ask();
      if (answer === undefined && !isUp) throw new Error(`QEMU has ended without ${what}.`);
      return answer;
    });
  } catch (error) {
    const end = (await readConsole(folder)).trimEnd().split("\n").slice(-30).join("\n");
    const said = (await readFile(errorLog(folder), "utf8")).trim();
    if (error instanceof Error) error.message += `\nQEMU said: ${said || "nothing"}\nThe console ends with:\n${end}`;
    throw error;
  }
}
