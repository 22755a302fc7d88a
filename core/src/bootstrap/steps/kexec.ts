import { connectionLostBy } from "../diagnose.ts";
import { installerBootId, installerBootIdScript } from "../installerBootId.ts";
import { asRoot, NeverAnswered } from "../machine.ts";
import { memoryMiB } from "../memoryForecast.ts";
import { nixosAnywhereCommand } from "../nixosAnywhere.ts";
import { parseNixosAnywhereLine } from "../nixosAnywhereLines.ts";
import type { Remote } from "../remote.ts";
import { runEnvironment } from "../runEnvironment.ts";
import { scriptMark } from "../scriptMark.ts";
import { type Step, type StepContext, StepFailed, verified } from "../step.ts";
import { stepTitles } from "../stepId.ts";
import { zramScript } from "../zramScript.ts";

const wholeStepMs = 40 * 60_000;
/** 30 to 120 s are normal for the installer to boot. */
const installerTimeoutMs = 10 * 60_000;

/** Starts the installer in place of the old system. Its disk is not touched: a power-cycle brings the old system back. */
export const kexec: Step = {
  id: "kexec",
  title: stepTitles.kexec,
  timeoutMs: wholeStepMs,
  async isDone({ machine, signal, note }) {
    try {
      const remote = await machine.connection("installer", signal);
      const bootId = await installerBootId(remote, signal);
      if (bootId === undefined) return undefined;
      note({ installerBootId: bootId });
      return "the installer runs already";
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error && error.name === "HostKeyMismatch") throw error;
      return undefined;
    }
  },
  run: startInstaller,
  verify: verified,
};

/** Attempts to bring the installer's image over, each from its beginning. */
const mostAttempts = 3;
const reconnectMs = 3 * 60_000;

async function startInstaller(context: StepContext): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(context);
    } catch (error) {
      if (!(error instanceof TransferLost) || attempt === mostAttempts) throw error;
      context.log(`${error.message} Once more.`, "warning");
    }
  }
}

/** The installer's start script says what it does (nixos-images kexec-run.sh, `set -x`); before that only files are brought over. */
const traceOfStart = /^\++ /;

/** The connection was lost before the installer was started, and the old system answers again. */
class TransferLost extends StepFailed {}

async function startOnce(context: StepContext): Promise<string> {
  const { request, directory, notes, signal, note, machine } = context;
  note({ isKexecBegun: false });
  const port = machine.addressOf("old").port;
  // Once the old system is gone, all that is left for nixos-anywhere is to wait for the installer too, whose first seconds its logins
  // would take; once it has failed before, all that is left for us is to stop waiting.
  const gone = new AbortController();
  const enough = new AbortController();
  const together = AbortSignal.any([signal, enough.signal]);
  const lines: string[] = [];
  let isBegun = false;
  let isStarted = false;
  let markStarted = (): void => undefined;
  const hasStarted = new Promise<void>((resolve) => {
    markStarted = resolve;
  });
  const program = context
    .runLocal(nixosAnywhereCommand("kexec", { request, directory, notes, port }), {
      timeoutMs: wholeStepMs,
      env: runEnvironment(directory, request),
      signal: AbortSignal.any([together, gone.signal]),
      onLine(line) {
        lines.push(line);
        if (!isBegun && traceOfStart.test(line)) {
          isBegun = true;
          note({ isKexecBegun: true });
        }
        const said = parseNixosAnywhereLine(line);
        if (said?.type === "step") context.progress({ text: said.title });
        if (said?.type !== "kexec-started") return;
        isStarted = true;
        markStarted();
      },
    })
    .then(
      ({ exitCode }) => {
        if (exitCode !== 0) throw new StepFailed("nixos-anywhere could not start the installer.");
        markStarted();
      },
      (error: unknown) => {
        if (together.aborted || !gone.signal.aborted) throw error;
      },
    );
  const answer = hasStarted.then(async () => {
    together.throwIfAborted();
    context.progress({ text: "Waiting for the installer" });
    return waitForInstaller(context, together, () => gone.abort(new Error("the old system is gone")));
  });
  try {
    note({ installerBootId: await Promise.race([program.then(() => answer), answer]) });
  } catch (error) {
    if (isStarted || signal.aborted) throw error;
    const lost = connectionLostBy(lines);
    if (!(await isOldSystemRunning(context, lost === undefined ? 0 : reconnectMs))) throw error;
    note({ isKexecBegun: false });
    if (lost === undefined) throw error;
    throw new TransferLost("The connection was lost before the installer was started.", { evidence: lost });
  } finally {
    enough.abort(new Error("the installer answers"));
    markStarted();
    await Promise.allSettled([program, answer]);
  }
  return "the installer answers";
}

/** An installer that was not started leaves the old system as it was. */
async function isOldSystemRunning({ machine, signal, notes }: StepContext, timeoutMs: number): Promise<boolean> {
  try {
    await machine.waitFor({
      stage: "old",
      timeoutMs,
      signal,
      async isExpected(remote) {
        const { stdout } = await remote.run("cat /proc/sys/kernel/random/boot_id", { timeoutMs: 10_000, signal });
        return stdout.trim() === notes.oldBootId;
      },
    });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** The boot id of the installer once it answers. */
async function waitForInstaller(context: StepContext, signal: AbortSignal, onSilence: () => void): Promise<string> {
  let bootId: string | undefined;
  try {
    await context.machine.waitFor({
      stage: "installer",
      timeoutMs: installerTimeoutMs,
      signal,
      onSilence,
      async isExpected(remote) {
        bootId = await takeInstaller(remote, context, signal);
        return bootId !== undefined;
      },
    });
    return bootId ?? "";
  } catch (error) {
    if (!(error instanceof NeverAnswered)) throw error;
    const why =
      error.seen === "another-system"
        ? "The old system came back instead of the installer."
        : "The installer never came up; a power-cycle brings the old system back, its disk is as it was.";
    const failure = error.seen === "another-system" ? "old-system-came-back" : "unreachable";
    throw new StepFailed(`${error.message} ${why}`, { failure });
  }
}

/**
 * The boot id of the installer, which has compressed swap by then; undefined when it is another system. It is one command, because
 * the installer has the least memory when it has just begun, and each command takes a slow machine half a second.
 */
async function takeInstaller(
  remote: Remote,
  { plan, directory, log }: StepContext,
  signal: AbortSignal,
): Promise<string | undefined> {
  const script = `${installerBootIdScript}${zramScript(memoryMiB(plan.facts))}\nexit 0`;
  const command = asRoot("root", script, [scriptMark(directory.id)]);
  const { stdout, exitCode } = await remote.run(command, { timeoutMs: 20_000, signal });
  if (exitCode !== 0) return undefined;
  const [bootId, ...said] = stdout.trim().split("\n");
  for (const line of said) log(line);
  return bootId;
}
