import { isDeepStrictEqual } from "node:util";
import { runProcess } from "../process/runProcess.ts";
import { describeFailure, refuseIfBlocked } from "./describeFailure.ts";
import type { RunEventBody, RunOutcome } from "./events.ts";
import { firstContact } from "./firstContact.ts";
import type { FlakeFacts } from "./flakeFacts.ts";
import { inspectBuildHost } from "./inspectBuildHost.ts";
import { describeTarget, inspectTarget } from "./inspectTarget.ts";
import { installerBootId } from "./installerBootId.ts";
import type { Journal } from "./journal.ts";
import type { Machine } from "./machine.ts";
import { startMonitor } from "./monitor.ts";
import type { SshTarget } from "./openSsh.ts";
import { endOtherRuns } from "./otherRuns.ts";
import { hasPinnedKeys, pinKeys } from "./pinnedKeys.ts";
import { type BootstrapPlan, planBootstrap } from "./plan.ts";
import type { ProcessGroups } from "./processGroups.ts";
import type { Questions } from "./questions.ts";
import { rebuildIsDue } from "./rebuildIsDue.ts";
import type { BootstrapRequest } from "./request.ts";
import type { RunDirectory } from "./runDirectory.ts";
import { notesOf } from "./runNotes.ts";
import { RunUnwritable } from "./runUnwritable.ts";
import { installerPortOf } from "./stageLogin.ts";
import { type Step, type StepContext, StepFailed } from "./step.ts";
import { type StepId, stepTitles } from "./stepId.ts";
import { steps } from "./steps/steps.ts";
import { removeSwapFile, swapFilePath } from "./swapFile.ts";
import { targetStateOf } from "./targetState.ts";
import { createTimeLimit } from "./timeLimit.ts";

const inspectionLimitMs = 5 * 60_000;
/** Lines of a step that are looked through for the cause of its failure. */
const keptLines = 3000;

export interface StepRunnerParts {
  readonly request: BootstrapRequest;
  readonly yesWipe: readonly string[];
  readonly directory: RunDirectory;
  readonly flake: FlakeFacts;
  readonly journal: Journal;
  readonly emit: (body: RunEventBody) => void;
  readonly machine: Machine;
  readonly questions: Questions;
  readonly groups: ProcessGroups;
  /** Whether another run was begun on this computer and has no process any more. */
  readonly isOver: (run: string) => Promise<boolean>;
  readonly cancelled: AbortSignal;
}

/** What a step needs beside the plan, which the first one makes. */
type Attempt = Omit<StepContext, "plan">;

/** Runs the steps of a bootstrap in their order, and says how that ended. */
export function createStepRunner(parts: StepRunnerParts): { all(ssh: SshTarget): Promise<RunOutcome> } {
  const { request, directory, flake, journal, emit, machine, questions, groups, cancelled } = parts;
  let lines: string[] = [];
  let kernel: string[] = [];
  let current: StepId = "inspect";
  let isFailureSaid = false;
  const isRebuildDue = rebuildIsDue(journal.events());

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

  /** Before what is only done once it was written down. */
  const refuseUnwritten = (): void => {
    if (cancelled.reason instanceof RunUnwritable) throw cancelled.reason;
  };

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
      refuseUnwritten();
      return await work({
        request,
        yesWipe: parts.yesWipe,
        directory,
        machine,
        signal,
        get notes() {
          return notesOf(journal.events());
        },
        note(notes) {
          emit({ type: "noted", notes });
          refuseUnwritten();
        },
        log,
        progress: (progress) => emit({ type: "step-progress", step: step.id, ...progress }),
        check: (check, passed, detail) => emit({ type: "checked", step: step.id, check, passed, detail }),
        async ask(question) {
          limit.pause();
          await questions.ask(question, cancelled);
          limit.resume();
          refuseUnwritten();
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
      if (!cancelled.aborted) sayFailure(error);
      throw error;
    } finally {
      limit.end();
    }
  }

  function sayFailure(error: unknown): void {
    isFailureSaid = true;
    emit({ type: "step-failed", ...describeFailure(current, error, lines) });
  }

  async function look(ssh: SshTarget): Promise<BootstrapPlan> {
    const events = journal.events();
    // A plan may be made, and the run refused for what else is on the machine.
    const isLookedAt = events.some((event) => event.type === "step-finished" && event.step === "inspect");
    const planned = isLookedAt
      ? events.findLast((event) => event.type === "planned" && event.plan.verdict !== "blocked")
      : undefined;
    const title = stepTitles.inspect;
    return attempt({ id: "inspect", title, timeoutMs: inspectionLimitMs }, async (context) => {
      if (planned?.type === "planned") {
        emit({ type: "step-skipped", step: "inspect", reason: "the plan is made" });
        const plan = planBootstrap(request.target, planned.plan.facts, flake, request);
        // Choices may be made anew when a run is taken up again.
        if (isDeepStrictEqual(plan.steps, planned.plan.steps)) return planned.plan;
        emit({ type: "planned", plan });
        refuseIfBlocked(plan, request.accept);
        return plan;
      }
      const startedAt = Date.now();
      emit({ type: "step-started", step: "inspect", title });
      if (!hasPinnedKeys(directory)) pinKeys(directory, await acceptedKeys(ssh, context, request));
      const facts = await inspectTarget(await machine.connection("old", context.signal), context.signal);
      const buildHostFindings = await inspectBuildHost(request, context.signal);
      const plan = planBootstrap(request.target, facts, flake, request, buildHostFindings);
      emit({ type: "planned", plan });
      const installerPort = request.installerPort ?? installerPortOf(ssh, facts.sshPort);
      emit({
        type: "noted",
        notes: { installerPort, ...(facts.bootId === "unknown" ? {} : { oldBootId: facts.bootId }) },
      });
      refuseIfBlocked(plan, request.accept);
      const ended = await endOtherRuns(await machine.connection("old", context.signal), {
        user: machine.userOf("old"),
        signal: context.signal,
        isOver: parts.isOver,
      });
      for (const run of ended)
        context.log(`Ended what the bootstrap ${run} had left at work on the target.`, "warning");
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
      const done = step.id === "build" && isRebuildDue ? undefined : await step.isDone(context);
      if (done !== undefined) {
        emit({ type: "step-skipped", step: step.id, reason: done });
        return;
      }
      const startedAt = Date.now();
      emit({ type: "step-started", step: step.id, title: step.title });
      refuseUnwritten();
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

  /** What the old system was given for a while does not stay when the run ends before the installer was started. */
  async function leaveOldSystem(): Promise<void> {
    const events = journal.events();
    const { hasSwapFile, installerBootId: isInstaller } = notesOf(events);
    if (!hasSwapFile || isInstaller || targetStateOf(events) === "not known") return;
    if (await removeSwapFile(machine)) emit({ type: "noted", notes: { hasSwapFile: false } });
    else
      emit({
        type: "log",
        step: current,
        level: "warning",
        line: `The swap file ${swapFilePath} could not be taken from the old system again.`,
      });
  }

  return {
    async all(ssh) {
      try {
        const plan = await look(ssh);
        for (const step of await remaining()) await perform(step, plan);
        return "installed";
      } catch (error) {
        const isUnwritten = cancelled.reason instanceof RunUnwritable;
        if (isUnwritten && !isFailureSaid) sayFailure(cancelled.reason);
        await leaveOldSystem();
        if (cancelled.aborted && !isUnwritten) return "cancelled";
        if (current === "inspect") return "not-started";
        const isProof = error instanceof StepFailed ? error.isProof : current === "proof-after-boot";
        return isProof ? "proof-failed" : "failed";
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
        kind: "confirm-host-key",
        text: `The host key of ${target} is not known: ${key.type} ${fingerprint}. Type yes if it is the right one.`,
        expects: "yes",
      }),
  });
}
