import { appendFileSync } from "node:fs";
import { openControlSocket } from "./controlSocket.ts";
import type { RunEvent, RunEventBody, RunOutcome } from "./events.ts";
import type { FlakeFacts } from "./flakeFacts.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { LoginSecrets } from "./loginSecrets.ts";
import { createMachine } from "./machine.ts";
import { resolveSshTarget, type SshTarget } from "./openSsh.ts";
import { createProcessGroups } from "./processGroups.ts";
import { createQuestions } from "./questions.ts";
import { formatReport } from "./report.ts";
import type { BootstrapRequest } from "./request.ts";
import { type RunDirectory, writePrivate } from "./runDirectory.ts";
import { lockTarget } from "./runLock.ts";
import { notesOf } from "./runNotes.ts";
import { scrub, secretsOf } from "./scrub.ts";
import { stageLogin } from "./stageLogin.ts";
import { createStepRunner } from "./stepRunner.ts";
import { targetStateOf } from "./targetState.ts";

export interface RunOptions {
  /** The directory of all runs, which holds the locks. */
  readonly root: string;
  readonly directory: RunDirectory;
  readonly request: BootstrapRequest;
  readonly flake: FlakeFacts;
  readonly secrets?: LoginSecrets | undefined;
  /** Whether somebody sees the questions and can answer. */
  readonly isAnswerable: boolean;
  /** Aborted to cancel the run. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** Told how to answer, once the run listens. */
  readonly onReady?: ((answer: (question: string, value: string) => boolean) => void) | undefined;
}

/** The run was cancelled by whoever runs it. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

/**
 * Carries out a bootstrap, or goes on with one: steps that show on the target that they were done are left out. What happens is
 * written to the journal, followed and steered over the control socket. Throws `TargetBusy` when another run works on the target,
 * `SshConfigurationError`, `JournalTooNew` and `SocketUnavailable`; everything else that goes wrong is an outcome.
 */
export async function runBootstrap(options: RunOptions): Promise<RunOutcome> {
  const { root, directory, request } = options;
  const ssh = await resolveSshTarget(request.target, { port: request.port, configFile: request.sshConfig });
  const unlock = lockTarget(root, `${ssh.hostname}:${ssh.port}`, directory.id);
  try {
    const journal = openJournal(directory.journal);
    try {
      return await carryOut(options, ssh, journal);
    } finally {
      journal.close();
    }
  } finally {
    unlock();
  }
}

async function carryOut(options: RunOptions, ssh: SshTarget, journal: Journal): Promise<RunOutcome> {
  const { directory, request, signal } = options;
  const cancel = new AbortController();
  const cancelled = AbortSignal.any([signal, cancel.signal]);
  const groups = createProcessGroups(directory);
  const secrets = secretsOf(request, options.secrets ?? {});
  let publish: (event: RunEvent) => void = () => undefined;

  const emit = (body: RunEventBody): void => {
    const event = journal.append(scrub(body, secrets));
    if (event.type === "log")
      appendFileSync(directory.log, `${event.time} ${event.step}: ${event.line}\n`, { mode: 0o600 });
    publish(event);
    options.onEvent(event);
  };
  const questions = createQuestions({
    isAnswerable: options.isAnswerable,
    onAsked: (question) => emit({ type: "question", question }),
    onAnswered: ({ id }) => emit({ type: "answered", question: id, accepted: true }),
  });
  const socket = await openControlSocket(directory.socket, {
    events: () => journal.events(),
    cancel: () => cancel.abort(new Cancelled("The run was cancelled.")),
    answer: questions.answer,
  });
  const machine = createMachine((stage) => stageLogin(stage, ssh, options, notesOf(journal.events())), {
    run: directory.id,
    installerBoot: () => notesOf(journal.events()).installerBootId,
  });
  try {
    publish = socket.publish;
    options.onReady?.(questions.answer);
    groups.endLeftOver();
    const stepRunner = createStepRunner({
      request,
      directory,
      flake: options.flake,
      journal,
      emit,
      machine,
      questions,
      groups,
      cancelled,
    });
    emit({ type: "run-started", version: 1, host: request.reference.host, target: request.target, pid: process.pid });
    cancelled.addEventListener("abort", () => emit({ type: "cancel-requested" }), { once: true });
    const outcome = await stepRunner.all(ssh);
    emit({ type: "run-finished", outcome, state: targetStateOf(journal.events()) });
    writePrivate(directory.report, formatReport(directory.id, journal.events()));
    return outcome;
  } finally {
    machine.close();
    socket.close();
  }
}
