import { isDeepStrictEqual } from "node:util";
import {
  type DiskIdentity,
  type DiskUse,
  filesystemsScript,
  identityScript,
  parseFilesystems,
  parseIdentities,
  parseUses,
  releaseScript,
  usesScript,
} from "./diskScripts.ts";
import { readOutput } from "./readOutput.ts";
import type { Filesystem } from "./runNotes.ts";
import { type StepContext, StepFailed } from "./step.ts";
import { diskOf } from "./targetDisks.ts";

const timeoutMs = 60_000;

export function disksOfRun({ notes }: StepContext): readonly string[] {
  if (!notes.disks || notes.disks.length === 0) throw new StepFailed("It is not known which disks are partitioned.");
  return notes.disks;
}

/** The disks of the run as the installer sees them. Throws `StepFailed` when one is missing or is not the one of the plan. */
export async function readIdentities(context: StepContext): Promise<DiskIdentity[]> {
  const { plan } = context;
  const asked = disksOfRun(context);
  const { disks, missing } = parseIdentities(await readOutput(context, "installer", identityScript(asked), timeoutMs));
  if (missing[0] !== undefined) throw new StepFailed(`The installer has no disk ${missing[0]}.`);
  const shown = disks.map(({ device }) => device);
  if (!isDeepStrictEqual(shown, asked))
    throw new StepFailed(
      `The installer was asked for ${asked.join(" and ")}, and shows ${shown.join(" and ") || "nothing"}.`,
    );
  for (const disk of disks) {
    const planned = diskOf(plan.facts, disk.device);
    const isOther = (before: number | string, now: number | string): boolean =>
      before !== "unknown" && now !== "unknown" && before !== now;
    if (planned && (isOther(planned.sizeBytes, disk.sizeBytes) || isOther(planned.serial, disk.serial)))
      throw new StepFailed(
        `${disk.device} is not the disk that was planned for: it was ${planned.sizeBytes} bytes (${planned.serial}) and is ${disk.sizeBytes} bytes (${disk.serial}).`,
      );
  }
  return disks;
}

export async function readUses(context: StepContext): Promise<DiskUse[]> {
  return parseUses(await readOutput(context, "installer", usesScript(disksOfRun(context)), timeoutMs));
}

/**
 * Ends all use of the disks of the run and makes sure of it. A partition that is swapped to while it is resized takes pages of
 * running programs with it: they die of SIGBUS. Returns what it released. Throws `StepFailed` when something is left.
 */
export async function releaseDisks(context: StepContext): Promise<DiskUse[]> {
  const { machine, signal, log } = context;
  const uses = await readUses(context);
  if (uses.length === 0) return [];
  const onLine = (line: string): void => log(line);
  await machine.sh("installer", releaseScript(uses), { timeoutMs: 4 * timeoutMs, signal, onLine });
  const left = await readUses(context);
  const [first] = left;
  if (first)
    throw new StepFailed(
      `${first.device} is still in use: ${left.map(({ kind, name }) => `${kind} ${name}`).join(", ")}.`,
      { failure: "disk-in-use", evidence: `${first.kind} ${first.name}` },
    );
  return uses;
}

export async function readFilesystems(context: StepContext): Promise<Filesystem[]> {
  return parseFilesystems(await readOutput(context, "installer", filesystemsScript(disksOfRun(context)), timeoutMs));
}
