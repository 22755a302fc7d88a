import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { patchDiskoScript } from "../diskoPatch.ts";
import { checksumOf, patchedScriptPath, uploadFile } from "../installerFiles.ts";
import { type Step, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";

/** Replaces the udevadm calls of the disko script, on this computer; the text that runs is compared by its checksum. */
export const diskoPatch: Step = {
  id: "disko-patch",
  title: stepTitles["disko-patch"],
  timeoutMs: 2 * 60_000,
  async isDone(context) {
    const { patchedScript, diskoScript } = context.notes;
    if (patchedScript === undefined || diskoScript === undefined) return undefined;
    if (sha256(patchDiskoScript(readFileSync(diskoScript, "utf8")).text) !== patchedScript) return undefined;
    return (await checksumOf(context, patchedScriptPath)) === patchedScript ? "the patched script is there" : undefined;
  },
  async run(context) {
    const { diskoScript } = context.notes;
    if (diskoScript === undefined) throw new StepFailed("There is no disko script yet.");
    const { text, triggers, settles } = patchDiskoScript(readFileSync(diskoScript, "utf8"));
    const syntax = await context.runLocal(["bash", "-n"], { timeoutMs: 10_000, stdin: text });
    if (syntax.exitCode !== 0)
      throw new StepFailed(`The patched disko script is no valid shell: ${syntax.stderr.trim()}`);
    await uploadFile(context, patchedScriptPath, text);
    context.note({ patchedScript: sha256(text) });
    return `${triggers} udevadm trigger and ${settles} udevadm settle replaced by bounded waits`;
  },
  async verify(context) {
    const { patchedScript } = context.notes;
    if ((await checksumOf(context, patchedScriptPath)) !== patchedScript)
      throw new StepFailed("The patched disko script arrived damaged.");
  },
};

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
