import { existsSync, readFileSync } from "node:fs";
import { buildSystem } from "../../nix/buildSystem.ts";
import { closureSizes, totalBytes } from "../../nix/closureSize.ts";
import { nixVersion } from "../../nix/runNix.ts";
import { neededDiskBytes } from "../diskForecast.ts";
import { diskoScriptDisks } from "../diskoScriptDisks.ts";
import { diskOf } from "../preflight.ts";
import { type Step, type StepContext, StepFailed, verified } from "../step.ts";
import { stepTitles } from "../stepId.ts";

const longestBuildMs = 6 * 60 * 60_000;

/** Builds before anything is changed that cannot be undone: a configuration that does not build must not cost a machine. */
export const build: Step = {
  id: "build",
  title: stepTitles.build,
  timeoutMs: longestBuildMs,
  async isDone({ notes, request }) {
    const { toplevel, diskoScript, disks, hasDiskoDependencies } = notes;
    const isThere =
      toplevel !== undefined &&
      diskoScript !== undefined &&
      disks !== undefined &&
      hasDiskoDependencies === request.diskoDependencies;
    return isThere && existsSync(toplevel) && existsSync(diskoScript) ? "it is built" : undefined;
  },
  async run(context) {
    const { request, signal, note, log, onStarted } = context;
    const version = await nixVersion(signal);
    const { toplevel, diskoScript } = await buildSystem(request.reference, {
      timeoutMs: longestBuildMs,
      signal,
      onStarted,
      diskoDependencies: request.diskoDependencies,
      onLine: (line, stream) => {
        if (stream === "stderr") log(line);
      },
    });
    const sizes = await closureSizes(toplevel, version, { timeoutMs: 10 * 60_000, signal });
    const closureBytes = totalBytes(sizes);
    const disks = disksOf(context, diskoScript);
    requireSpace(context, disks, closureBytes);
    const hasDiskoDependencies = request.diskoDependencies;
    note({ toplevel, diskoScript, hasDiskoDependencies, closureBytes, closurePaths: sizes.size, disks });
    return `${sizes.size} paths, ${Math.round(closureBytes / 1e6)} MB; partitions ${disks.join(", ")}`;
  },
  verify: verified,
};

/** What the script itself says counts: it is what will be run. */
function disksOf({ plan, request }: StepContext, diskoScript: string): readonly string[] {
  const disks = diskoScriptDisks(readFileSync(diskoScript, "utf8"));
  if (!disks || disks.length === 0)
    throw new StepFailed(`${diskoScript} does not say which disks it partitions in a form that is known.`);
  const { facts } = plan;
  const missing =
    facts.disks === "unknown"
      ? undefined
      : disks.find((disk) => !disk.startsWith("/dev/disk/") && !diskOf(facts, disk));
  if (missing !== undefined && !request.accept.includes("disk-missing"))
    throw new StepFailed(`The disko script partitions ${missing}, which the target does not have.`, {
      failure: "wrong-disk-name",
    });
  return disks;
}

/** The size of the closure is known now, and nothing is lost yet. */
function requireSpace({ plan, request }: StepContext, disks: readonly string[], closureBytes: number): void {
  const sizes = disks.map((disk) => diskOf(plan.facts, disk)?.sizeBytes);
  if (!sizes.every((size) => typeof size === "number") || request.accept.includes("closure-too-large")) return;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (neededDiskBytes(closureBytes) > total)
    throw new StepFailed(
      `The system takes ${(closureBytes / 1e9).toFixed(1)} GB and the disk has ${(total / 1e9).toFixed(1)} GB: make the closure smaller.`,
    );
}
