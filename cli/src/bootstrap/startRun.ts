import { existsSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { SocketUnavailable } from "../../../core/src/bootstrap/controlSocket.ts";
import { type RunEvent, type RunOutcome, runOutcomes } from "../../../core/src/bootstrap/events.ts";
import type { FlakeFacts } from "../../../core/src/bootstrap/flakeFacts.ts";
import { JournalTooNew } from "../../../core/src/bootstrap/journal.ts";
import { loginSecretsOf, type WantedSecret } from "../../../core/src/bootstrap/loginSecrets.ts";
import { SshConfigurationError } from "../../../core/src/bootstrap/openSsh.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { Cancelled, runBootstrap } from "../../../core/src/bootstrap/runBootstrap.ts";
import {
  createRunDirectory,
  keepRequest,
  type RunDirectory,
  runsRoot,
} from "../../../core/src/bootstrap/runDirectory.ts";
import { TargetBusy } from "../../../core/src/bootstrap/runLock.ts";
import { RunUnwritable } from "../../../core/src/bootstrap/runUnwritable.ts";
import { findProgram, isExecutable } from "../../../core/src/bootstrap/sshShim.ts";
import { isSystemError, systemError } from "../../../core/src/systemError.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Terminal } from "../terminal.ts";
import { secretPrompts } from "./askForSecret.ts";
import { detachRun } from "./detachRun.ts";
import type { RunMode } from "./runMode.ts";
import { createRunView } from "./runView.ts";

const expected = [TargetBusy, SshConfigurationError, JournalTooNew, SocketUnavailable];

/** Starts a new run; resolves to the exit code. Throws `CannotRun` when it cannot begin. */
export async function startRun(
  request: BootstrapRequest,
  flake: FlakeFacts,
  mode: RunMode,
  terminal: Terminal,
): Promise<number> {
  const directory = keepRun(runsRoot(terminal.env), request, flake);
  try {
    if (mode.detach) return await detachRun(directory, mode, {}, terminal);
    return await carryOut(directory, request, flake, mode, terminal);
  } catch (error) {
    // Nothing has happened in it.
    if (error instanceof CannotRun) rmSync(directory.path, { recursive: true, force: true });
    throw error;
  }
}

function keepRun(root: string, request: BootstrapRequest, flake: FlakeFacts): RunDirectory {
  try {
    const directory = createRunDirectory(root, request.reference.host, new Date());
    keepRequest(directory, request, flake);
    return directory;
  } catch (error) {
    throw cannotKeepRun(root, error);
  }
}

function cannotKeepRun(path: string, error: unknown): CannotRun {
  const cause = error instanceof RunUnwritable ? error.cause : error;
  const isFull = isSystemError(cause) && (cause as NodeJS.ErrnoException).code === "ENOSPC";
  return new CannotRun(
    `cannot keep the run in ${path}: ${systemError(cause)}; ${isFull ? "make room there, or " : ""}set NIXOS_VPS_STATE_DIR`,
  );
}

/** Carries out a run and shows it; resolves to the exit code. */
export async function carryOut(
  directory: RunDirectory,
  request: BootstrapRequest,
  flake: FlakeFacts,
  { json, yesWipe }: RunMode,
  terminal: Terminal,
): Promise<number> {
  const cancel = new AbortController();
  const cancelRun = (): void => cancel.abort(new Cancelled("The run was cancelled."));
  terminal.onInterrupt(cancelRun);
  let hasBegun = false;
  let answer: (question: string, value: string) => boolean = () => false;
  const view = createRunView(terminal, {
    json,
    answer: (question, value) => answer(question, value),
    signal: cancel.signal,
    // Who ends the input does not want to go on.
    onInputEnd: cancelRun,
  });
  if (!json) terminal.note(`Run ${directory.id} (${directory.path})`);
  const ask = secretPrompts(request.target, terminal);
  // Programs resume a run with what it wants.
  const isAsked = terminal.interactive && !json;
  let secrets = loginSecretsOf(terminal.env);
  try {
    for (;;) {
      let wants: WantedSecret | undefined;
      // Said when what the run ended for the want of is not given.
      const held: RunEvent[] = [];
      const outcome = await runBootstrap({
        ...{ root: runsRoot(terminal.env), directory, request, flake, yesWipe, secrets },
        isAnswerable: terminal.interactive || json,
        signal: cancel.signal,
        onEvent(event) {
          if (event.type === "step-failed" && isAsked) wants = event.wants;
          if (wants) held.push(event);
          else view.show(event);
        },
        onReady: (given) => {
          hasBegun = true;
          answer = given;
        },
      });
      view.end();
      const more = wants && (await ask(wants, secrets, cancel.signal));
      if (more === undefined) {
        for (const event of held) view.show(event);
        if (!json) sayWhatIsLeft(directory, outcome, terminal);
        return runOutcomes[outcome];
      }
      secrets = more;
    }
  } catch (error) {
    if (error instanceof Error && expected.some((type) => error instanceof type)) throw new CannotRun(error.message);
    if (!hasBegun && (error instanceof RunUnwritable || isSystemError(error)))
      throw cannotKeepRun((error as NodeJS.ErrnoException).path ?? directory.path, error);
    throw error;
  }
}

function sayWhatIsLeft({ id, report }: RunDirectory, outcome: RunOutcome, terminal: Terminal): void {
  terminal.note(existsSync(report) ? `Report: ${report}` : `There is no report: ${report} cannot be written.`);
  if (outcome !== "installed") terminal.note(`Go on with: nixos-vps bootstrap --resume ${id}`);
}

/** The absolute path of nixos-anywhere. Throws `CannotRun` when there is none. */
export function findNixosAnywhere({ env, directory }: Terminal): string {
  const chosen = env["NIXOS_VPS_NIXOS_ANYWHERE"];
  if (chosen) {
    const path = resolve(directory, chosen);
    if (isExecutable(path)) return path;
    throw new CannotRun(`NIXOS_VPS_NIXOS_ANYWHERE is ${chosen}, which is no program`);
  }
  const found = findProgram("nixos-anywhere", env["PATH"]);
  if (found !== undefined) return resolve(directory, found);
  throw new CannotRun(
    "nixos-anywhere is not on PATH: nix profile install nixpkgs#nixos-anywhere, or name one with NIXOS_VPS_NIXOS_ANYWHERE",
  );
}
