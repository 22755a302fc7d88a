import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { patchDiskoScript } from "./diskoPatch.ts";
import { diskoScriptDisks } from "./diskoScriptDisks.ts";
import { disksOfRun } from "./disks.ts";
import { checksumOf, patchedScriptPath } from "./installerFiles.ts";
import { shellQuote } from "./shellQuote.ts";
import { type StepContext, StepFailed } from "./step.ts";

/** The disko script that was built, patched. */
export function patchedText({ diskoScript }: StepContext["notes"]): ReturnType<typeof patchDiskoScript> {
  if (diskoScript === undefined) throw new StepFailed("There is no disko script yet.");
  return patchDiskoScript(readFileSync(diskoScript, "utf8"));
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * The command that wipes. Throws `StepFailed` unless what it would run is, byte for byte, the script that was built for this run,
 * patched when the plan says so, and partitions the disks that somebody is asked about and no other.
 */
export async function diskoCommand(context: StepContext): Promise<string> {
  const { plan, notes } = context;
  const { diskoScript } = notes;
  if (diskoScript === undefined) throw new StepFailed("There is no disko script yet.");
  const isPatched = plan.steps.some(({ id, action }) => id === "disko-patch" && action === "run");
  const path = isPatched ? patchedScriptPath : diskoScript;
  const text = isPatched ? patchedText(notes).text : readFileSync(diskoScript, "utf8");
  if ((await checksumOf(context, path)) !== sha256(text))
    throw new StepFailed(`${path} on the installer is not the disko script that was built: resume, to bring it anew.`);
  if (!isDeepStrictEqual(diskoScriptDisks(text), disksOfRun(context)))
    throw new StepFailed(`${path} does not partition ${disksOfRun(context).join(" and ")}, or not them alone.`);
  // The script calls $BASH, which only a bash that was given a file has set (disko lib/default.nix).
  return isPatched ? `exec bash ${shellQuote(path)}` : `exec ${shellQuote(path)}`;
}
