import type { RunEvent } from "../../../core/src/bootstrap/events.ts";
import { JournalTooNew, parseJournal } from "../../../core/src/bootstrap/journal.ts";
import { listRuns, readIfThere, runDirectory, runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import { isAlive } from "../../../core/src/bootstrap/runLock.ts";
import { type RunState, runStateOf } from "../../../core/src/bootstrap/runState.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Command, CommandSpec } from "../command.ts";
import { exitCodes } from "../exitCodes.ts";
import { parseOptions } from "../parseOptions.ts";

const runsCommand: CommandSpec = {
  name: "runs",
  arguments: "[OPTION...]",
  summary: "Lists the bootstraps that were started on this computer, the newest first.",
  options: [{ name: "format", value: "FORMAT", help: "Output: text (default) or json." }],
  notes: [
    "Runs are kept in NIXOS_VPS_STATE_DIR, else in nixos-vps/runs below XDG_STATE_HOME (~/.local/state). nixos-vps bootstrap --resume RUN goes on with one.",
  ],
  examples: [["nixos-vps runs", "List the runs:"]],
};

interface ListedRun {
  readonly id: string;
  readonly host: string;
  readonly target: string;
  readonly startedAt: string;
  /** `running`, how it ended, or `interrupted` when its process is gone. */
  readonly status: string;
  /** The step that it is at. */
  readonly step: string;
  readonly path: string;
}

export const runs: Command = {
  ...runsCommand,
  async run(argv, terminal) {
    const options = parseOptions(argv, runsCommand);
    const [extra] = options.positionals;
    if (extra !== undefined) throw new CannotRun(`runs takes no argument, not "${extra}"`);
    const format = options.value("format") ?? "text";
    if (format !== "text" && format !== "json") throw new CannotRun(`unknown format "${format}": use text, json`);
    const root = runsRoot(terminal.env);
    const listed = listRuns(root).map((id) => describe(root, id));
    if (format === "json") terminal.print(`${JSON.stringify({ version: 1, runs: listed }, undefined, 2)}\n`);
    else if (listed.length === 0) terminal.note("No bootstrap was started yet.");
    else
      terminal.print(listed.map(({ id, status, step, target }) => `${id}  ${status}  ${step}  ${target}\n`).join(""));
    return exitCodes.clean;
  },
};

function describe(root: string, id: string): ListedRun {
  const { journal, path } = runDirectory(root, id);
  const events = readEvents(journal);
  if (!events)
    return { id, host: "", target: "", startedAt: "", status: "written by a newer nixos-vps", step: "", path };
  const state = runStateOf(events);
  const at = state.steps.findLast(({ status }) => status !== "waiting");
  const { host, target, startedAt } = state;
  return { id, host, target, startedAt, status: statusOf(state), step: at?.id ?? "", path };
}

function statusOf({ outcome, pid }: RunState): string {
  if (outcome) return outcome;
  return pid > 0 && isAlive(pid) ? "running" : "interrupted";
}

function readEvents(journal: string): readonly RunEvent[] | undefined {
  try {
    return parseJournal(readIfThere(journal) ?? "");
  } catch (error) {
    if (error instanceof JournalTooNew) return undefined;
    throw error;
  }
}
