import { appendFileSync } from "node:fs";
import { runProcess } from "../process/runProcess.ts";
import { openControlSocket } from "./controlSocket.ts";
import { diagnose } from "./diagnose.ts";
import type { RunEvent, RunEventBody, RunOutcome } from "./events.ts";
import { failures } from "./failures.ts";
import { firstContact } from "./firstContact.ts";
import type { FlakeFacts } from "./flakeFacts.ts";
import { describeTarget, inspectTarget } from "./inspectTarget.ts";
import { openJournal } from "./journal.ts";
import { createMachine, type Login, type Machine, type Stage } from "./machine.ts";
import { startMonitor } from "./monitor.ts";
import { resolveSshTarget, type SshTarget } from "./openSsh.ts";
import { hasPinnedKeys, pinKeys, pinnedKeys } from "./pinnedKeys.ts";
import { type BootstrapPlan, planBootstrap } from "./plan.ts";
import { createProcessGroups } from "./processGroups.ts";
import { createQuestions } from "./questions.ts";
import { formatReport } from "./report.ts";
import type { BootstrapRequest } from "./request.ts";
import { type RunDirectory, readIfThere, writePrivate } from "./runDirectory.ts";
import { lockTarget } from "./runLock.ts";
import { notesOf, type RunNotes } from "./runNotes.ts";
import type { Step, StepContext } from "./step.ts";
import { StepFailed } from "./step.ts";
import { type StepId, stepTitles } from "./stepId.ts";
import { installerBootId } from "./steps/kexec.ts";
import { steps } from "./steps/steps.ts";
import { targetStateOf } from "./targetState.ts";
import { createTimeLimit } from "./timeLimit.ts";

export interface RunOptions {
  /** The directory of all runs, which holds the locks. */
  readonly root: string;
  readonly directory: RunDirectory;
  readonly request: BootstrapRequest;
  readonly flake: FlakeFacts;
  /** For the first login; goes nowhere else. */
  readonly password?: string | undefined;
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

/** What the run is about is refused by its plan. */
class Refused extends Error {
  override readonly name = "Refused";
}

const inspectionLimitMs = 5 * 60_000;
/** Lines of a step that are looked through for the cause of its failure. */
const keptLines = 3000;

/**
 * Carries out a bootstrap, or goes on with one: steps that show on the target that they were done are left out. What happens is
 * written to the journal, followed and steered over the control socket. Throws `TargetBusy` when another run works on the target,
 * and `SshConfigurationError`; everything else that goes wrong is an outcome.
 */
export async function runBootstrap(options: RunOptions): Promise<RunOutcome> {
  const { root, directory, request, signal: cancelSignal } = options;
  const ssh = await resolveSshTarget(request.target, { port: request.port, configFile: request.sshConfig });
  const unlock = lockTarget(root, `${ssh.hostname}:${ssh.port}`, directory.id);
  const journal = openJournal(directory.journal);
  const cancel = new AbortController();
  const cancelled = AbortSignal.any([cancelSignal, cancel.signal]);
  const groups = createProcessGroups(directory);
  const secrets = [options.password].filter((secret) => secret !== undefined && secret !== "");
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
  publish = socket.publish;
  options.onReady?.(questions.answer);

  const machine = createMachine((stage) => loginOf(stage, ssh, options, notesOf(journal.events())));
  const run = createRun({ options, journal, emit, machine, questions, groups, cancelled });
  try {
    groups.endLeftOver();
    emit({ type: "run-started", version: 1, host: request.reference.host, target: request.target, pid: process.pid });
    cancelled.addEventListener("abort", () => emit({ type: "cancel-requested" }), { once: true });
    const outcome = await run.all(ssh);
    emit({ type: "run-finished", outcome, state: targetStateOf(journal.events()) });
    writePrivate(directory.report, formatReport(directory.id, journal.events()));
    return outcome;
  } finally {
    machine.close();
    socket.close();
    journal.close();
    unlock();
  }
}

interface RunParts {
  readonly options: RunOptions;
  readonly journal: ReturnType<typeof openJournal>;
  readonly emit: (body: RunEventBody) => void;
  readonly machine: Machine;
  readonly questions: ReturnType<typeof createQuestions>;
  readonly groups: ReturnType<typeof createProcessGroups>;
  readonly cancelled: AbortSignal;
}

/** What a step needs beside the plan, which the first one makes. */
type Attempt = Omit<StepContext, "plan">;

function createRun({ options, journal, emit, machine, questions, groups, cancelled }: RunParts): {
  all(ssh: SshTarget): Promise<RunOutcome>;
} {
  const { directory, request } = options;
  let lines: string[] = [];
  let kernel: string[] = [];
  let current: StepId = "inspect";

  const keepLine = (line: string): void => {
    lines.push(line);
    if (lines.length > keptLines) lines = lines.slice(-keptLines / 2);
  };
  machine.onConnected((stage, remote) => {
    startMonitor(remote, {
      user: machine.userOf(stage),
      signal: cancelled,
      onSample: (sample) => emit({ type: "sample", ...sample }),
      onKernel(line) {
        kernel.push(line);
        keepLine(line);
        emit({ type: "kernel", step: current, line });
      },
    });
  });

  /** Runs one step within its time; what it throws is written down. */
  async function attempt<Result>(
    step: { readonly id: StepId; readonly title: string; readonly timeoutMs: number },
    work: (context: Attempt) => Promise<Result>,
  ): Promise<Result> {
    current = step.id;
    lines = [];
    kernel = [];
    const limit = createTimeLimit(
      step.timeoutMs,
      () => new StepFailed(`"${step.title}" did not end within ${Math.round(step.timeoutMs / 60_000)} minutes.`),
    );
    const signal = AbortSignal.any([cancelled, limit.signal]);
    let lastLine = "";
    const log = (line: string, level: "info" | "warning" | "error" = "info"): void => {
      const text = line.trimEnd();
      // A program that waits for a machine says the same again and again.
      if (text === "" || text === lastLine) return;
      lastLine = text;
      keepLine(text);
      emit({ type: "log", step: step.id, level, line: text });
    };
    try {
      return await work({
        request,
        directory,
        machine,
        signal,
        get notes() {
          return notesOf(journal.events());
        },
        note: (notes) => emit({ type: "noted", notes }),
        log,
        progress: (progress) => emit({ type: "step-progress", step: step.id, ...progress }),
        check: (check, passed, detail) => emit({ type: "checked", step: step.id, check, passed, detail }),
        async ask(question) {
          limit.pause();
          await questions.ask(question, cancelled);
          limit.resume();
        },
        runLocal: (argv, given = {}) =>
          runProcess(argv, {
            timeoutMs: step.timeoutMs,
            signal,
            onStarted: groups.started,
            ...given,
            onLine(line, stream) {
              log(line);
              given.onLine?.(line, stream);
            },
          }),
        onStarted: groups.started,
        kernelLines: () => kernel,
      });
    } catch (error) {
      if (!cancelled.aborted) emit({ type: "step-failed", ...describeFailure(step.id, error, lines) });
      throw error;
    } finally {
      limit.end();
    }
  }

  async function look(ssh: SshTarget): Promise<BootstrapPlan> {
    const planned = journal.events().findLast((event) => event.type === "planned" && event.plan.verdict !== "blocked");
    const title = stepTitles.inspect;
    return attempt({ id: "inspect", title, timeoutMs: inspectionLimitMs }, async (context) => {
      if (planned?.type === "planned") {
        emit({ type: "step-skipped", step: "inspect", reason: "the plan is made" });
        return planned.plan;
      }
      const startedAt = Date.now();
      emit({ type: "step-started", step: "inspect", title });
      if (!hasPinnedKeys(directory)) pinKeys(directory, await acceptedKeys(ssh, context, request));
      const facts = await inspectTarget(await machine.connection("old", context.signal), context.signal);
      const plan = planBootstrap(request.target, facts, options.flake, request);
      emit({ type: "planned", plan });
      const installerPort = request.installerPort ?? installerPortOf(ssh, facts.sshPort);
      emit({
        type: "noted",
        notes: { installerPort, ...(facts.bootId === "unknown" ? {} : { oldBootId: facts.bootId }) },
      });
      if (plan.verdict === "blocked") throw new Refused(reasonsOf(plan, request));
      emit({
        type: "step-finished",
        step: "inspect",
        milliseconds: Date.now() - startedAt,
        detail: describeTarget(facts),
      });
      return plan;
    });
  }

  async function perform(step: Step, plan: BootstrapPlan): Promise<void> {
    const planned = plan.steps.find(({ id }) => id === step.id);
    if (planned?.action === "skip" && step.id !== "kexec") {
      emit({ type: "step-skipped", step: step.id, reason: planned.reason });
      return;
    }
    await attempt(step, async (attempted) => {
      // The notes change while it runs, so they are not copied.
      const context: StepContext = Object.defineProperties(
        { plan } as StepContext,
        Object.getOwnPropertyDescriptors(attempted),
      );
      const done = await step.isDone(context);
      if (done !== undefined) {
        emit({ type: "step-skipped", step: step.id, reason: done });
        return;
      }
      const startedAt = Date.now();
      emit({ type: "step-started", step: step.id, title: step.title });
      const detail = await step.run(context);
      await step.verify(context);
      emit({ type: "step-finished", step: step.id, milliseconds: Date.now() - startedAt, detail });
    });
  }

  /** What runs on the machine now may be another system than when the run was left. */
  async function remaining(): Promise<readonly Step[]> {
    const events = journal.events();
    const notes = notesOf(events);
    if (!notes.installerBootId) return steps;
    let boot: string | undefined;
    try {
      boot = await installerBootId(await machine.connection("installer", cancelled), cancelled);
    } catch {
      cancelled.throwIfAborted();
      boot = undefined;
    }
    const wentOn = events.some((event) => event.type === "step-started" && event.step === "reboot");
    if (boot === undefined && wentOn) return steps.filter(({ id }) => id === "proof-after-boot");
    emit({ type: "noted", notes: { installerBootId: boot ?? "" } });
    return steps;
  }

  return {
    async all(ssh) {
      try {
        const plan = await look(ssh);
        for (const step of await remaining()) await perform(step, plan);
        return "installed";
      } catch (error) {
        if (cancelled.aborted) return "cancelled";
        if (current === "inspect") return "not-started";
        return error instanceof StepFailed && error.isProof ? "proof-failed" : "failed";
      }
    },
  };
}

async function acceptedKeys(
  ssh: SshTarget,
  context: Attempt,
  { hostKey, target }: BootstrapRequest,
): ReturnType<typeof firstContact> {
  return firstContact({
    target: ssh,
    fingerprint: hostKey,
    signal: context.signal,
    confirm: (key, fingerprint) =>
      context.ask({
        id: "host-key",
        kind: "confirm-host-key",
        text: `The host key of ${target} is not known: ${key.type} ${fingerprint}. Type yes if it is the right one.`,
        expects: "yes",
      }),
  });
}

/** A forwarded port leads to the same port of whatever system runs; otherwise the installer listens on its own. */
function installerPortOf({ port }: SshTarget, sshPort: number | "unknown"): number {
  return sshPort === "unknown" || sshPort === port ? 22 : port;
}

function loginOf(stage: Stage, ssh: SshTarget, { directory, request, password }: RunOptions, notes: RunNotes): Login {
  const acceptedKeys = pinnedKeys(directory);
  const privateKey = notes.isKeyInstalled ? readIfThere(directory.privateKey) : undefined;
  if (stage === "old")
    return { target: ssh, acceptedKeys, privateKey, ...(privateKey === undefined ? { password } : {}) };
  const port = notes.installerPort ?? ssh.port;
  if (stage === "installer") return { target: { ...ssh, user: "root", port }, acceptedKeys, privateKey };
  // The run's key is not part of the installed system: its user's own key has to let him in.
  const { users = ["root"] } = notes;
  const user = ["root", ssh.user].find((name) => users.includes(name)) ?? users[0] ?? "root";
  return { target: { ...ssh, user, port: request.installedPort ?? port }, acceptedKeys };
}

function reasonsOf({ preflight, forecast }: BootstrapPlan, { accept }: BootstrapRequest): string {
  const findings = preflight
    .filter(({ id, severity }) => severity === "error" && !accept.includes(id))
    .map(({ id, message, remedy }) => `${message} ${remedy} (--accept ${id})`);
  const memory = forecast
    .filter(({ verdict }) => verdict === "blocked")
    .map(({ what, needMiB, haveMiB, action }) => `${what}: needs ${needMiB} MiB, has ${haveMiB} MiB. ${action}`);
  return [...findings, ...memory].join("\n");
}

function describeFailure(
  step: StepId,
  error: unknown,
  lines: readonly string[],
): Omit<Extract<RunEventBody, { type: "step-failed" }>, "type"> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refused) return { step, message, resumeFrom: "inspect" };
  const own = error instanceof StepFailed ? error : undefined;
  const named = failures.find(({ id }) => id === own?.failure);
  const seen = diagnose(step, [
    ...(own?.evidence === undefined ? [] : [own.evidence]),
    ...message.split("\n"),
    ...lines,
  ]);
  const failure = named ?? seen?.failure;
  // What a program said last is better than nothing; lines of a shell's trace say what it was about to do.
  const last = lines.findLast((line) => !line.startsWith("+"));
  const evidence = own?.evidence ?? seen?.evidence ?? last;
  return {
    step,
    message,
    ...(failure ? { failure: failure.id, cause: failure.cause, remedy: failure.remedy } : {}),
    ...(evidence === undefined ? {} : { evidence }),
    resumeFrom: failure?.resumeFrom ?? step,
  };
}

/** Replaces secrets wherever they stand in an event. */
function scrub(body: RunEventBody, secrets: readonly (string | undefined)[]): RunEventBody {
  let text = JSON.stringify(body);
  if (!secrets.some((secret) => secret !== undefined && text.includes(JSON.stringify(secret).slice(1, -1))))
    return body;
  for (const secret of secrets)
    if (secret !== undefined) text = text.replaceAll(JSON.stringify(secret).slice(1, -1), "[secret]");
  return JSON.parse(text) as RunEventBody;
}
