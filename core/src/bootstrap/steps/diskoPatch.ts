import { patchedText, sha256 } from "../diskoCommand.ts";
import { checksumOf, patchedScriptPath, uploadFile } from "../installerFiles.ts";
import { type Step, type StepContext, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";

/** Replaces the udevadm calls of the disko script, on this computer; the text that runs is compared by its checksum. */
export const diskoPatch: Step = {
  id: "disko-patch",
  title: stepTitles["disko-patch"],
  timeoutMs: 2 * 60_000,
  isDone: async (context) => ((await isThere(context)) ? "the patched script is there" : undefined),
  async run(context) {
    const { text, triggers, settles } = patchedText(context.notes);
    const syntax = await context.runLocal(["bash", "-n"], { timeoutMs: 10_000, stdin: text });
    if (syntax.exitCode !== 0)
      throw new StepFailed(`The patched disko script is no valid shell: ${syntax.stderr.trim()}`);
    await uploadFile(context, patchedScriptPath, text);
    return `${triggers} udevadm trigger and ${settles} udevadm settle replaced by bounded waits`;
  },
  async verify(context) {
    if (!(await isThere(context))) throw new StepFailed("The patched disko script arrived damaged.");
  },
};

async function isThere(context: StepContext): Promise<boolean> {
  return (await checksumOf(context, patchedScriptPath)) === sha256(patchedText(context.notes).text);
}
