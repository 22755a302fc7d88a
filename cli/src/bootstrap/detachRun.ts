import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isListening } from "../../../core/src/bootstrap/controlClient.ts";
import { parseJournal } from "../../../core/src/bootstrap/journal.ts";
import { choiceArguments } from "../../../core/src/bootstrap/requestArguments.ts";
import { type RunDirectory, readIfThere } from "../../../core/src/bootstrap/runDirectory.ts";
import { startDetached } from "../../../core/src/process/startDetached.ts";
import { stateVariables } from "../../../core/src/stateDirectory.ts";
import { CannotRun } from "../cannotRun.ts";
import { exitCodes } from "../exitCodes.ts";
import type { Terminal } from "../terminal.ts";
import type { ChoiceChanges } from "./bootstrapOptions.ts";
import type { RunMode } from "./runMode.ts";

const startTimeoutMs = 60_000;
const pollMs = 25;

/**
 * Carries out a run in a process of its own that outlives this one, the terminal and the window; questions wait for an answer over
 * the control socket. It writes down itself what is changed of the request, once it holds the lock of the target. Resolves to the
 * exit code once the run listens. Throws `CannotRun` with the reason when it does not start.
 */
export async function detachRun(
  directory: RunDirectory,
  { json, yesWipe }: RunMode,
  changes: ChoiceChanges,
  terminal: Terminal,
): Promise<number> {
  const child = await startDetached(
    [
      process.execPath,
      join(terminal.bundleDirectory, "cli.cjs"),
      // With --json somebody can answer questions without a terminal.
      ...["bootstrap", "--json", "--resume", directory.id, ...choiceArguments(changes)],
      ...yesWipe.map((disk) => `--yes-wipe=${disk}`),
    ],
    // A relative NIXOS_VPS_STATE_DIR means another place there.
    { cwd: directory.path, env: { ...terminal.env, ...stateVariables(terminal.env) }, errorFile: directory.errors },
  );
  let isOver = false;
  const ended = child.ended.then(() => {
    isOver = true;
  });
  const deadline = Date.now() + startTimeoutMs;
  while (!(await isListening(directory.socket))) {
    // One that its plan refuses can be over by now.
    if (isOver && hasBegun(directory, child.pid)) break;
    if (isOver) throw new CannotRun(reasonOf(readIfThere(directory.errors) ?? ""));
    if (Date.now() > deadline) {
      child.kill();
      throw new CannotRun(`the run ${directory.id} did not begin within ${startTimeoutMs / 1000} s`);
    }
    await Promise.race([ended, sleep(pollMs)]);
  }
  const { id, path } = directory;
  if (json) terminal.print(`${JSON.stringify({ version: 1, run: id, path })}\n`);
  else {
    terminal.print(`${id}\n`);
    terminal.note(`The run goes on by itself; nixos-vps runs --follow ${id} shows it.`);
  }
  return exitCodes.clean;
}

function hasBegun({ journal }: RunDirectory, pid: number): boolean {
  const begun = parseJournal(readIfThere(journal) ?? "").findLast(({ type }) => type === "run-started");
  return begun?.type === "run-started" && begun.pid === pid;
}

/** What the process said last under its name. */
function reasonOf(errors: string): string {
  const name = "nixos-vps: ";
  const said = errors.split("\n").findLast((line) => line.startsWith(name));
  return said?.slice(name.length) ?? "the run ended before it began, and said nothing";
}
