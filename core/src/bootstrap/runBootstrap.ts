import { appendFileSync, rmSync } from "node:fs";
import { isListening } from "./controlClient.ts";
import { openControlSocket } from "./controlSocket.ts";
import type { RunEvent, RunEventBody, RunOutcome } from "./events.ts";
import type { FlakeFacts } from "./flakeFacts.ts";
import { fingerprintOf, type HostKey } from "./hostKeys.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { LoginSecrets } from "./loginSecrets.ts";
import { createMachine } from "./machine.ts";
import { resolveSshTarget, type SshTarget } from "./openSsh.ts";
import { createProcessGroups } from "./processGroups.ts";
import { createQuestions } from "./questions.ts";
import { formatReport } from "./report.ts";
import type { BootstrapRequest } from "./request.ts";
import { keepRequest, listRuns, type RunDirectory, runDirectory, writePrivate } from "./runDirectory.ts";
import { lockTarget } from "./runLock.ts";
import { logFileLine } from "./runLog.ts";
import { notesOf } from "./runNotes.ts";
import { RunUnwritable } from "./runUnwritable.ts";
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
  /** Disks that may be wiped without a question; for this process alone, because who takes up a run may stand before another machine. */
  readonly yesWipe: readonly string[];
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
 * `SshConfigurationError`, `JournalTooNew`, `SocketUnavailable`, and `RunUnwritable` before it has begun; everything else that goes wrong
 * is an outcome.
 */
export async function runBootstrap(options: RunOptions): Promise<RunOutcome> {
  const { root, directory, request } = options;
  const ssh = await resolveSshTarget(request.target, { port: request.port, configFile: request.sshConfig });
  const address = `${ssh.hostname}:${ssh.port}`;
  const locks = new Map<string, () => void>();
  const lock = (identity: string, target: string): void => {
    if (!locks.has(identity)) locks.set(identity, lockTarget(root, identity, directory.id, target));
  };
  lock(address, address);
  try {
    keepRequest(directory, request, options.flake);
    const journal = openJournal(directory.journal);
    try {
      // A machine may have several names.
      const lockKey = (key: HostKey): void => lock(fingerprintOf(key), `the machine at ${address}, by its host key`);
      return await carryOut(options, ssh, journal, lockKey);
    } finally {
      journal.close();
    }
  } finally {
    for (const unlock of locks.values()) unlock();
  }
}

async function carryOut(
  options: RunOptions,
  ssh: SshTarget,
  journal: Journal,
  lockKey: (key: HostKey) => void,
): Promise<RunOutcome> {
  const { directory, request, signal } = options;
  const cancel = new AbortController();
  const cancelled = AbortSignal.any([signal, cancel.signal]);
  const endUnwritten = (error: unknown): void => cancel.abort(error);
  const groups = createProcessGroups(directory, endUnwritten);
  const secrets = secretsOf(request, options.secrets ?? {});
  let publish: (event: RunEvent) => void = () => undefined;

  const emit = (body: RunEventBody): void => {
    const event = journal.append(scrub(body, secrets));
    publish(event);
    options.onEvent(event);
    if (event.type === "log") appendToLog(event);
    if (journal.failure) endUnwritten(journal.failure);
  };
  const appendToLog = (event: Extract<RunEvent, { type: "log" }>): void => {
    try {
      appendFileSync(directory.log, logFileLine(event), { mode: 0o600 });
    } catch (error) {
      endUnwritten(new RunUnwritable(directory.log, error));
    }
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
  machine.onConnected((_, { hostKey }) => lockKey(hostKey));
  try {
    publish = socket.publish;
    options.onReady?.(questions.answer);
    groups.endLeftOver();
    const stepRunner = createStepRunner({
      request,
      yesWipe: options.yesWipe,
      directory,
      flake: options.flake,
      journal,
      emit,
      machine,
      questions,
      groups,
      isOver: async (run) =>
        listRuns(options.root).includes(run) && !(await isListening(runDirectory(options.root, run).socket)),
      cancelled,
    });
    emit({ type: "run-started", version: 1, host: request.reference.host, target: request.target, pid: process.pid });
    const onCancelled = (): void => {
      if (!(cancelled.reason instanceof RunUnwritable)) emit({ type: "cancel-requested" });
    };
    cancelled.addEventListener("abort", onCancelled, { once: true });
    const outcome = await stepRunner.all(ssh);
    emit({ type: "run-finished", outcome, state: targetStateOf(journal.events()) });
    writeReport(directory, journal.events());
    return outcome;
  } finally {
    machine.close();
    socket.close();
  }
}

/** Without room for it there is none; the one of an earlier attempt would tell of another end. */
function writeReport(directory: RunDirectory, events: readonly RunEvent[]): void {
  try {
    writePrivate(directory.report, formatReport(directory.id, events));
  } catch {
    rmSync(directory.report, { force: true });
  }
}
