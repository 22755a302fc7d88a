import { isListening } from "../../../core/src/bootstrap/controlClient.ts";
import type { FlakeFacts } from "../../../core/src/bootstrap/flakeFacts.ts";
import { JournalTooNew, parseJournal } from "../../../core/src/bootstrap/journal.ts";
import { loginEnvironment, loginSecretsOf } from "../../../core/src/bootstrap/loginSecrets.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { type RunDirectory, readIfThere } from "../../../core/src/bootstrap/runDirectory.ts";
import { runStateOf } from "../../../core/src/bootstrap/runState.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Terminal } from "../terminal.ts";
import { secretPrompts } from "./askForSecret.ts";
import type { BootstrapOptions } from "./bootstrapOptions.ts";
import { detachRun } from "./detachRun.ts";
import { findRun } from "./followRun.ts";
import { readFlakeFacts } from "./readFlakeFacts.ts";
import { requireBuildHost } from "./requireBuildHost.ts";
import { carryOut } from "./startRun.ts";

/** Goes on with a run; resolves to the exit code. Throws `CannotRun` when there is no such run. */
export async function resumeRun(
  { run: id, mode, changes }: Extract<BootstrapOptions, { action: "resume" }>,
  terminal: Terminal,
): Promise<number> {
  const directory = findRun(id, terminal);
  const asked = readJson<BootstrapRequest>(directory.request);
  const said = readJson<FlakeFacts>(directory.flake);
  if (!asked || !said) throw new CannotRun(`the run ${id} cannot be read: start a new one`);
  if (asked.version !== 1) throw new CannotRun(`the run ${id} was started by a newer nixos-vps: update nixos-vps`);
  if (await isListening(directory.socket)) throw new CannotRun(`the run ${id} is at work already`);
  // What was accepted before stays accepted.
  const accept = [...new Set([...asked.accept, ...(changes.accept ?? [])])];
  const request = { ...asked, ...changes, accept };
  await requireBuildHost(request);
  const able = mode.json ? terminal : await withWantedSecret(directory, request.target, terminal);
  if (mode.detach) return detachRun(directory, mode, changes, able);
  // What stood against a run that was not begun may be corrected by now.
  const flake = isBegun(directory) ? said : await readFlakeFacts(request.reference, terminal, { evaluate: true });
  return carryOut(directory, request, flake, mode, able);
}

/** A terminal whose environment has what the run ended for the want of, where somebody gave it. */
async function withWantedSecret(directory: RunDirectory, target: string, terminal: Terminal): Promise<Terminal> {
  const wants = runStateOf(parseJournal(readIfThere(directory.journal) ?? "")).failure?.wants;
  const known = loginSecretsOf(terminal.env);
  if (!wants || !terminal.interactive || known[wants.kind] !== undefined) return terminal;
  const secrets = await secretPrompts(target, terminal)(wants, known, new AbortController().signal);
  return secrets ? { ...terminal, env: { ...terminal.env, ...loginEnvironment(secrets) } } : terminal;
}

/** Whether anything was done to the target. Throws `CannotRun` when a newer program wrote the journal. */
function isBegun({ journal }: RunDirectory): boolean {
  try {
    const events = parseJournal(readIfThere(journal) ?? "");
    return events.some((event) => event.type === "step-started" && event.step !== "inspect");
  } catch (error) {
    throw error instanceof JournalTooNew ? new CannotRun(error.message) : error;
  }
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
