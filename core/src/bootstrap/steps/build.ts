import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BuiltSystem, buildSystem } from "../../nix/buildSystem.ts";
import { closureSizes, totalBytes } from "../../nix/closureSize.ts";
import { NixFailed, nixVersion } from "../../nix/runNix.ts";
import { messageOfRecord } from "../../nix/structuredLog.ts";
import { buildHostStore } from "../buildHost.ts";
import { createCopyProgress } from "../copyProgress.ts";
import { diagnoseBuildHost } from "../diagnose.ts";
import { neededDiskBytes } from "../diskForecast.ts";
import { diskoScriptDisks } from "../diskoScriptDisks.ts";
import { diskoSecrets } from "../diskoSecrets.ts";
import { readIfThere } from "../runDirectory.ts";
import { type Step, type StepContext, StepFailed, verified } from "../step.ts";
import { stepTitles } from "../stepId.ts";
import { bytesOfDisks, diskOf } from "../targetDisks.ts";

const longestBuildMs = 6 * 60 * 60_000;
const progressEveryMs = 500;
const keptLines = 1000;

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
    const { request, signal, note } = context;
    const version = await nixVersion(signal);
    const { toplevel, diskoScript } = await builtSystem(context);
    const sizes = await closureSizes(toplevel, version, { timeoutMs: 10 * 60_000, signal });
    const closureBytes = totalBytes(sizes);
    const script = readFileSync(diskoScript, "utf8");
    const disks = disksOf(context, diskoScript, script);
    requireKeys(context, script);
    requireSystem(context, toplevel);
    requireSpace(context, disks, closureBytes);
    const hasDiskoDependencies = request.diskoDependencies;
    note({ toplevel, diskoScript, hasDiskoDependencies, closureBytes, closurePaths: sizes.size, disks });
    const where = request.buildHost ? `, built on ${request.buildHost}` : "";
    return `${sizes.size} paths, ${Math.round(closureBytes / 1e6)} MB${where}; partitions ${disks.join(", ")}`;
  },
  verify: verified,
};

/** Builds where it was asked for; what another machine built is here afterwards. Throws `NixFailed` and `StepFailed`. */
async function builtSystem({ request, signal, log, progress, onStarted }: StepContext): Promise<BuiltSystem> {
  const buildHost = buildHostStore(request);
  const copy = createCopyProgress();
  let shownAt = 0;
  let lines: string[] = [];
  const showCopy = (): void => {
    const { paths, totalPaths, bytesPerSecond } = copy.state();
    if (totalPaths === 0) return;
    shownAt = Date.now();
    progress({
      text: `${paths} of ${totalPaths} paths copied from ${buildHost?.name ?? "the machine that built"}`,
      ...{ done: paths, total: totalPaths, unit: "paths" },
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond: Math.round(bytesPerSecond) }),
    });
  };
  try {
    const built = await buildSystem(request.reference, {
      ...{ timeoutMs: longestBuildMs, signal, onStarted, buildHost },
      diskoDependencies: request.diskoDependencies,
      onLine(line, stream) {
        if (stream !== "stderr") return;
        const isRecord = line.startsWith("@nix ");
        if (isRecord && copy.take(line)) {
          if (Date.now() - shownAt >= progressEveryMs) showCopy();
          return;
        }
        const message = isRecord ? messageOfRecord(line) : line;
        if (message === undefined) return;
        lines.push(...message.split("\n"));
        if (lines.length > keptLines) lines = lines.slice(-keptLines / 2);
        log(message);
      },
    });
    showCopy();
    return built;
  } catch (error) {
    const seen = buildHost && error instanceof NixFailed ? diagnoseBuildHost(lines) : undefined;
    if (!seen) throw error;
    throw new StepFailed(`${buildHost?.name} could not build: ${seen.evidence}`, {
      failure: seen.failure.id,
      evidence: seen.evidence,
    });
  }
}

/** What the script itself says counts: it is what will be run. */
function disksOf({ plan, request }: StepContext, diskoScript: string, script: string): readonly string[] {
  const disks = diskoScriptDisks(script);
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

/** A script that asks would wait in vain after the old system is gone. */
function requireKeys({ request }: StepContext, script: string): void {
  const { asksForPassphrase, keyFiles } = diskoSecrets(script);
  if (asksForPassphrase && !request.accept.includes("passphrase-prompt"))
    throw new StepFailed("The disko script asks for the passphrase of an encrypted disk.", {
      failure: "passphrase-prompt",
    });
  const missing = keyFiles.find((path) => !request.diskKeys.some(({ remote }) => remote === path));
  if (missing !== undefined && !request.accept.includes("disk-key-missing"))
    throw new StepFailed(
      `The disko script reads a key from ${missing}, which is not there in the installer: start again with --disk-key ${missing}=FILE, or --accept disk-key-missing.`,
    );
}

/** A system for another kind of processor installs without an error, and does not start. */
function requireSystem({ plan, request }: StepContext, toplevel: string): void {
  const { arch } = plan.facts;
  // Of the form `x86_64-linux` (nixpkgs nixos/modules/system/activation/top-level.nix).
  const system = readIfThere(join(toplevel, "system"))?.trim();
  if (system === undefined || arch === "unknown" || request.accept.includes("wrong-processor")) return;
  if (system.replace(/-linux$/, "") !== arch)
    throw new StepFailed(
      `The system is built for ${system}, and the target is ${arch}: set nixpkgs.hostPlatform, or --accept wrong-processor.`,
    );
}

/** The size of the closure is known now, and nothing is lost yet. */
function requireSpace({ plan, request }: StepContext, disks: readonly string[], closureBytes: number): void {
  const total = bytesOfDisks(plan.facts, disks);
  if (total === undefined || request.accept.includes("closure-too-large")) return;
  if (neededDiskBytes(closureBytes) > total)
    throw new StepFailed(
      `The system takes ${(closureBytes / 1e9).toFixed(1)} GB and the disk has ${(total / 1e9).toFixed(1)} GB: make the closure smaller.`,
    );
}
