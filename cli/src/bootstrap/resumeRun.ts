import type { FlakeFacts } from "../../../core/src/bootstrap/flakeFacts.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { readIfThere } from "../../../core/src/bootstrap/runDirectory.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Terminal } from "../terminal.ts";
import { detachRun } from "./detachRun.ts";
import { findRun } from "./followRun.ts";
import { carryOut, type RunMode } from "./startRun.ts";

/** Goes on with a run; resolves to the exit code. Throws `CannotRun` when there is no such run. */
export async function resumeRun(id: string, { json, detach }: RunMode, terminal: Terminal): Promise<number> {
  const directory = findRun(id, terminal);
  const request = readJson<BootstrapRequest>(directory.request);
  const flake = readJson<FlakeFacts>(directory.flake);
  if (!request || !flake) throw new CannotRun(`the run ${id} cannot be read: start a new one`);
  if (request.version !== 1) throw new CannotRun(`the run ${id} was started by a newer nixos-vps: update nixos-vps`);
  if (detach) return detachRun(directory, json, terminal);
  return carryOut(directory, request, flake, json, terminal);
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
