import type { FlakeFacts } from "../../../core/src/bootstrap/flakeFacts.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { listRuns, readIfThere, runDirectory, runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import { CannotRun } from "../cannotRun.ts";
import { suggestion } from "../suggestion.ts";
import type { Terminal } from "../terminal.ts";
import { follow } from "./startRun.ts";

/** Goes on with a run; resolves to the exit code. Throws `CannotRun` when there is no such run. */
export async function resumeRun(id: string, json: boolean, terminal: Terminal): Promise<number> {
  const root = runsRoot(terminal.env);
  const known = listRuns(root);
  if (!known.includes(id))
    throw new CannotRun(`there is no run "${id}"${suggestion(id, known)} (nixos-vps runs lists them)`);
  const directory = runDirectory(root, id);
  const request = readJson<BootstrapRequest>(directory.request);
  const flake = readJson<FlakeFacts>(directory.flake);
  if (!request || !flake) throw new CannotRun(`the run ${id} cannot be read: start a new one`);
  if (request.version !== 1) throw new CannotRun(`the run ${id} was started by a newer nixos-vps: update nixos-vps`);
  return follow(directory, request, flake, json, terminal);
}

/** A file that this program wrote itself. */
function readJson<Content>(path: string): Content | undefined {
  const text = readIfThere(path);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Content);
  } catch {
    return undefined;
  }
}
