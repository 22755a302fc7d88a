import { NeverAnswered } from "../machine.ts";
import { nixosAnywhereCommand } from "../nixosAnywhere.ts";
import { parseNixosAnywhereLine } from "../nixosAnywhereLines.ts";
import type { Remote } from "../remote.ts";
import { runEnvironment } from "../runEnvironment.ts";
import { type Step, type StepContext, StepFailed, verified } from "../step.ts";
import { stepTitles } from "../stepId.ts";

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

async function startInstaller(context: StepContext): Promise<string> {
  const { request, directory, notes, signal, note } = context;
  const { machine } = context;
  const port = machine.addressOf("old").port;
  // Once the installer answers us, all that is left for nixos-anywhere is to wait for it too.
  const enough = new AbortController();
  let markStarted = (): void => undefined;
  const hasStarted = new Promise<void>((resolve) => {
    markStarted = resolve;
  });
  const program = context
    .runLocal(nixosAnywhereCommand("kexec", { request, directory, notes, port }), {
      timeoutMs: wholeStepMs,
      env: runEnvironment(directory, request),
      signal: AbortSignal.any([signal, enough.signal]),
      onLine(line) {
        const said = parseNixosAnywhereLine(line);
        if (said?.type === "step") context.progress({ text: said.title });
        if (said?.type === "kexec-started") markStarted();
      },
    })
    .then(({ exitCode }) => {
      if (exitCode !== 0) throw new StepFailed("nixos-anywhere could not start the installer.");
      markStarted();
    });
  const answer = hasStarted.then(async () => {
    context.progress({ text: "Waiting for the installer" });
    return waitForInstaller(context);
  });
  try {
    note({ installerBootId: await Promise.race([program.then(() => answer), answer]) });
  } finally {
    enough.abort(new Error("the installer answers"));
    await program.catch(() => undefined);
  }
  return "the installer answers";
}

/** The boot id of the installer once it answers. */
async function waitForInstaller({ machine, signal }: StepContext): Promise<string> {
  let bootId: string | undefined;
  try {
    await machine.waitFor({
      stage: "installer",
      timeoutMs: installerTimeoutMs,
      signal,
      async isExpected(remote) {
        bootId = await installerBootId(remote, signal);
        return bootId !== undefined;
      },
    });
    return bootId ?? "";
  } catch (error) {
    if (!(error instanceof NeverAnswered)) throw error;
    throw new StepFailed(
      `${error.message} The installer never came up; a power-cycle brings the old system back, its disk is as it was.`,
      { failure: "unreachable" },
    );
  }
}

/** The boot id of the installer that answers; undefined when it is another system. */
export async function installerBootId(remote: Remote, signal: AbortSignal): Promise<string | undefined> {
  const script = "grep -qsx 'VARIANT_ID=\"*installer\"*' /etc/os-release && cat /proc/sys/kernel/random/boot_id";
  const { stdout, exitCode } = await remote.run(script, { timeoutMs: 10_000, signal });
  return exitCode === 0 ? stdout.trim() : undefined;
}
