import { ControlRefused, sendControlRequest } from "../../../core/src/bootstrap/controlClient.ts";
import { runOutcomes } from "../../../core/src/bootstrap/events.ts";
import { type FollowEnd, followRun } from "../../../core/src/bootstrap/followRun.ts";
import { listRuns, type RunDirectory, runDirectory, runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import { systemError } from "../../../core/src/systemError.ts";
import { CannotRun } from "../cannotRun.ts";
import { exitCodes } from "../exitCodes.ts";
import { suggestion } from "../suggestion.ts";
import type { Terminal } from "../terminal.ts";
import { createRunView } from "./runView.ts";

/** That the directory of runs is something else, or somebody else's. */
export function cannotReadRuns(root: string, error: unknown): CannotRun {
  return new CannotRun(`cannot read the runs in ${root}: ${systemError(error)}; set NIXOS_VPS_STATE_DIR`);
}

/** The directory of a run that is there. Throws `CannotRun` when it is not. */
export function findRun(id: string, terminal: Terminal): RunDirectory {
  const root = runsRoot(terminal.env);
  let known: string[];
  try {
    known = listRuns(root);
  } catch (error) {
    throw cannotReadRuns(root, error);
  }
  if (!known.includes(id))
    throw new CannotRun(`there is no run "${id}"${suggestion(id, known)} (nixos-vps runs lists them)`);
  return runDirectory(root, id);
}

/**
 * Shows a run from its beginning until it ends; resolves to what the run ended with. An interrupt ends the following, not the run.
 * Throws `CannotRun` when the run cannot be read.
 */
export async function followOnTerminal(directory: RunDirectory, json: boolean, terminal: Terminal): Promise<number> {
  const stopped = new AbortController();
  const view = createRunView(terminal, {
    json,
    signal: stopped.signal,
    async answer(question, value) {
      try {
        await sendControlRequest(directory.socket, { type: "answer", question, value });
        return true;
      } catch (error) {
        if (error instanceof ControlRefused) return false;
        throw error;
      }
    },
  });
  const end = await new Promise<FollowEnd | undefined>((resolve) => {
    const followed = followRun(directory, 1, {
      onEvents: (events) => events.forEach(view.show),
      onEnded: resolve,
    });
    stopped.signal.addEventListener("abort", () => followed.stop());
    terminal.onInterrupt(() => resolve(undefined));
  });
  stopped.abort();
  view.end();
  return exitCodeOf(end, directory, terminal);
}

function exitCodeOf(end: FollowEnd | undefined, { id }: RunDirectory, terminal: Terminal): number {
  switch (end?.reason) {
    case undefined:
      terminal.note(`The run goes on; nixos-vps runs --follow ${id} shows it again.`);
      return exitCodes.clean;
    case "finished":
      return runOutcomes[end.outcome];
    case "interrupted":
      throw new CannotRun(`the process of the run is gone: nixos-vps bootstrap --resume ${id} goes on with it`);
    case "vanished":
      throw new CannotRun(`the directory of the run ${id} is gone`);
    case "too-new":
      throw new CannotRun(end.message);
  }
}
