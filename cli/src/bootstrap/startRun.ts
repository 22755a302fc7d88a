import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { type RunEvent, runOutcomes } from "../../../core/src/bootstrap/events.ts";
import type { FlakeFacts } from "../../../core/src/bootstrap/flakeFacts.ts";
import { JournalTooNew } from "../../../core/src/bootstrap/journal.ts";
import { SshConfigurationError } from "../../../core/src/bootstrap/openSsh.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { Cancelled, runBootstrap } from "../../../core/src/bootstrap/runBootstrap.ts";
import {
  createRunDirectory,
  type RunDirectory,
  runsRoot,
  writePrivate,
} from "../../../core/src/bootstrap/runDirectory.ts";
import { TargetBusy } from "../../../core/src/bootstrap/runLock.ts";
import { applyEvent, runStateOf } from "../../../core/src/bootstrap/runState.ts";
import { findProgram, isExecutable } from "../../../core/src/bootstrap/sshShim.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Terminal } from "../terminal.ts";
import { eventLine } from "./eventLine.ts";
import { liveView } from "./liveView.ts";

/** Starts a new run; resolves to the exit code. Throws `CannotRun` when it cannot begin. */
export async function startRun(
  request: BootstrapRequest,
  flake: FlakeFacts,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const directory = createRunDirectory(runsRoot(terminal.env), request.reference.host, new Date());
  writePrivate(directory.request, JSON.stringify(request));
  writePrivate(directory.flake, JSON.stringify(flake));
  try {
    return await follow(directory, request, flake, json, terminal);
  } catch (error) {
    // Nothing has happened in it.
    if (error instanceof CannotRun) rmSync(directory.path, { recursive: true, force: true });
    throw error;
  }
}

/** Carries out a run and shows it; resolves to the exit code. */
export async function follow(
  directory: RunDirectory,
  request: BootstrapRequest,
  flake: FlakeFacts,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const cancel = new AbortController();
  terminal.onInterrupt(() => cancel.abort(new Cancelled("The run was cancelled.")));
  let answer: (question: string, value: string) => boolean = () => false;
  let state = runStateOf([]);
  const show = (event: RunEvent): void => {
    state = applyEvent(state, event);
    if (json) {
      terminal.print(`${JSON.stringify(event)}\n`);
      return;
    }
    // On a terminal the log is in its file, and the live view says what goes on.
    const line = terminal.interactive && event.type === "log" && event.level === "info" ? undefined : eventLine(event);
    if (line !== undefined) terminal.note(line);
    if (terminal.interactive && !state.question) terminal.progress(liveView(state));
    if (terminal.interactive && event.type === "question") void readAnswer(event.question.id);
  };
  const readAnswer = async (question: string): Promise<void> => {
    while (state.question?.id === question && !cancel.signal.aborted) {
      const typed = await terminal.readLine("> ", cancel.signal).catch(() => undefined);
      if (typed === undefined) return;
      if (answer(question, typed)) return;
      terminal.note(`That is not "${state.question?.expects ?? ""}"; Ctrl-C cancels.`);
    }
  };
  if (!json) terminal.note(`Run ${directory.id} (${directory.path})`);
  try {
    const outcome = await runBootstrap({
      root: runsRoot(terminal.env),
      directory,
      request,
      flake,
      password: terminal.env["SSHPASS"],
      isAnswerable: terminal.interactive || json,
      signal: cancel.signal,
      onEvent: show,
      onReady: (given) => {
        answer = given;
      },
    });
    terminal.progress("");
    if (!json) terminal.note(`Report: ${directory.report}`);
    return runOutcomes[outcome];
  } catch (error) {
    if (error instanceof TargetBusy || error instanceof SshConfigurationError || error instanceof JournalTooNew)
      throw new CannotRun(error.message);
    throw error;
  }
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
