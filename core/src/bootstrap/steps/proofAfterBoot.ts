import { NeverAnswered } from "../machine.ts";
import { parseProof, proofAfterBootScript } from "../proofScript.ts";
import { toItsEnd, wholeOutput } from "../readOutput.ts";
import { ConnectionFailed, HostKeyMismatch, type Remote } from "../remote.ts";
import { shellCommand } from "../shellQuote.ts";
import { neverDone, type Step, type StepContext, StepFailed, verified } from "../step.ts";
import { stepTitles } from "../stepId.ts";
import { reportProof } from "./proofBeforeReboot.ts";

const bootTimeoutMs = 5 * 60_000;

/** The new system answers with a key that was pinned, lets its user in, and nothing in it failed. */
export const proofAfterBoot: Step = {
  id: "proof-after-boot",
  title: stepTitles["proof-after-boot"],
  timeoutMs: bootTimeoutMs + 3 * 60_000,
  isDone: neverDone,
  async run(context) {
    const { notes, signal, note } = context;
    const remote = await waitForSystem(context);
    note({ installedBootId: await bootIdOf(remote, signal) });
    const command = shellCommand(["sh", "-c", toItsEnd(proofAfterBootScript(notes.toplevel ?? ""))]);
    const output = wholeOutput(await remote.run(command, { timeoutMs: 2 * 60_000, signal }), { isProof: true });
    return reportProof(context, parseProof(output));
  },
  verify: verified,
};

async function waitForSystem({ machine, notes, signal, progress }: StepContext): Promise<Remote> {
  progress({ text: "Waiting for the new system" });
  try {
    return await machine.waitFor({
      stage: "installed",
      timeoutMs: bootTimeoutMs,
      signal,
      isExpected: async (remote) => (await bootIdOf(remote, signal)) !== notes.installerBootId,
    });
  } catch (error) {
    if (error instanceof HostKeyMismatch)
      throw new StepFailed(error.message, { failure: "host-key-changed", isProof: true });
    if (error instanceof NeverAnswered) throw neverUp(error);
    if (error instanceof ConnectionFailed) throw new StepFailed(error.message, { isProof: true });
    throw error;
  }
}

const unseen = {
  nothing: { failure: "unreachable-after-install", what: "" },
  "no-login": {
    failure: "login-refused",
    what: " The new system is up, with the host key that is expected, and lets nobody in.",
  },
  locked: { failure: "key-passphrase", what: " The new system is up, with the host key that is expected." },
  "another-system": { failure: "unreachable-after-install", what: " The installer still runs." },
} as const;

function neverUp({ message, seen, wants }: NeverAnswered): StepFailed {
  const { failure, what } = unseen[seen];
  // A password that is known is the old system's.
  const secret = wants?.kind === "passphrase" ? { ...wants, takesPassword: false } : undefined;
  return new StepFailed(`${message}${what}`, { failure, isProof: true, wants: secret });
}

async function bootIdOf(remote: Remote, signal: AbortSignal): Promise<string> {
  return (await remote.run("cat /proc/sys/kernel/random/boot_id", { timeoutMs: 15_000, signal })).stdout.trim();
}
