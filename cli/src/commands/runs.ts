import { runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import { type RunSummary, summarizeRuns } from "../../../core/src/bootstrap/runSummary.ts";
import { cannotReadRuns, findRun, followOnTerminal } from "../bootstrap/followRun.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Command, CommandSpec } from "../command.ts";
import { exitCodes } from "../exitCodes.ts";
import { parseOptions } from "../parseOptions.ts";
import type { Terminal } from "../terminal.ts";

const runsCommand: CommandSpec = {
  name: "runs",
  arguments: "[OPTION...]",
  summary: "Lists the bootstraps that were started on this computer, the newest first, or follows one.",
  options: [
    { name: "format", value: "FORMAT", help: "Output of the list: text (default) or json." },
    { name: "follow", value: "RUN", help: "Show a run as it goes on, and answer its questions; Ctrl-C leaves it." },
    { name: "json", help: "With --follow: print its events as JSON, one a line." },
  ],
  notes: [
    "Runs are kept in $NIXOS_VPS_STATE_DIR/runs, else in nixos-vps/runs below $XDG_STATE_HOME (~/.local/state). nixos-vps bootstrap --resume RUN goes on with one.",
    "Exit code of --follow: what the run ended with (nixos-vps bootstrap --help), 0 when it was left before, 2 when there is no such run or its process is gone.",
  ],
  examples: [
    ["nixos-vps runs", "List the runs:"],
    ["nixos-vps runs --follow 20261123T120000Z-vps-1a2b", "Watch a run that was started elsewhere:"],
  ],
};

export const runs: Command = {
  ...runsCommand,
  async run(argv, terminal) {
    const options = parseOptions(argv, runsCommand);
    const [extra] = options.positionals;
    if (extra !== undefined) throw new CannotRun(`runs takes no argument, not "${extra}"`);
    const followed = options.value("follow");
    if (followed !== undefined) {
      if (options.has("format")) throw new CannotRun("--format goes with the list; --follow has --json");
      return followOnTerminal(findRun(followed, terminal), options.has("json"), terminal);
    }
    if (options.has("json")) throw new CannotRun("--json goes with --follow; the list has --format json");
    const format = options.value("format") ?? "text";
    if (format !== "text" && format !== "json") throw new CannotRun(`unknown format "${format}": use text, json`);
    const root = runsRoot(terminal.env);
    const listed = await summarizeRuns(root).catch((error: unknown) => {
      throw cannotReadRuns(root, error);
    });
    print(listed, format, terminal);
    return exitCodes.clean;
  },
};

function print(listed: readonly RunSummary[], format: "text" | "json", terminal: Terminal): void {
  if (format === "json") terminal.print(`${JSON.stringify({ version: 1, runs: listed }, undefined, 2)}\n`);
  else if (listed.length === 0) terminal.note("No bootstrap was started yet.");
  else
    terminal.print(
      listed
        .map(({ id, status, isAsking, step = "", target }) => {
          return `${id}  ${status}${isAsking ? ", waits for an answer" : ""}  ${step}  ${target}\n`;
        })
        .join(""),
    );
}
