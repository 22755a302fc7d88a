import { neededDiskBytes } from "../bootstrap/diskForecast.ts";
import { forecastMemory, stockInitrdMiB, type Verdict, worstVerdict } from "../bootstrap/memoryForecast.ts";
import { runsInstaller, type TargetFacts, unknownFacts } from "../bootstrap/targetFacts.ts";
import { formatBytes } from "./byteSizes.ts";

/** The machine that a system is meant for; undefined is not known. */
export interface TargetSize {
  readonly diskBytes?: number | undefined;
  readonly ramBytes?: number | undefined;
  /** The machine as it was found, which says more of its memory than the size. */
  readonly facts?: TargetFacts | undefined;
  /** Size of the installer's initrd, where it is not the stock one. */
  readonly initrdMiB?: number | undefined;
}

/** One thing a system needs of its machine. */
export interface FitRow {
  readonly of: "disk" | "memory";
  readonly what: string;
  readonly needBytes: number;
  readonly haveBytes: number;
  readonly verdict: Verdict;
  /** What to do about it; `nothing` when it is well. */
  readonly action: string;
}

export interface Fit {
  readonly verdict: Verdict;
  readonly rows: readonly FitRow[];
}

/** What an update brings beside the running system: most of it is new, as every release of glibc or of a compiler changes all. */
const secondGenerationShare = 0.8;

/** Journal, logs and what services write. */
const dataBytes = 1e9;

/** Memory that a fresh system says is available, of what it has. */
const availableShare = 0.85;

const mib = 2 ** 20;

/** Holds a closure against disk and memory of a machine; undefined when nothing is known of the machine. */
export function closureFit(
  closureBytes: number,
  { diskBytes, ramBytes, facts, initrdMiB = stockInitrdMiB }: TargetSize,
): Fit | undefined {
  const exact = [
    ...(diskBytes === undefined ? [] : diskRows(closureBytes, diskBytes)),
    ...memoryRows(facts ?? (ramBytes === undefined ? unknownFacts : freshMachine(ramBytes)), initrdMiB),
  ];
  if (exact.length === 0) return undefined;
  const rows = exact.map((row) => ({
    ...row,
    needBytes: Math.round(row.needBytes),
    haveBytes: Math.round(row.haveBytes),
  }));
  return { verdict: worstVerdict(rows), rows };
}

function diskRows(closureBytes: number, diskBytes: number): FitRow[] {
  const first = neededDiskBytes(closureBytes);
  const update = neededDiskBytes(closureBytes * (1 + secondGenerationShare)) + dataBytes;
  return [
    {
      of: "disk",
      what: "the system on the disk",
      needBytes: first,
      haveBytes: diskBytes,
      verdict: first > diskBytes ? "blocked" : "ok",
      action: first > diskBytes ? `Make the closure smaller by ${formatBytes(first - diskBytes)}.` : "nothing",
    },
    {
      of: "disk",
      what: "an update beside the system that runs, logs and data",
      needBytes: update,
      haveBytes: diskBytes,
      verdict: update > diskBytes ? "tight" : "ok",
      action: update > diskBytes ? "Collect garbage before each update, and keep no older generation." : "nothing",
    },
  ];
}

/** A machine that was just started and of which nothing else is known. */
function freshMachine(ramBytes: number): TargetFacts {
  const totalKiB = ramBytes / 1024;
  return { ...unknownFacts, memory: { totalKiB, availableKiB: totalKiB * availableShare } };
}

/** The stages of a bootstrap, as its own forecast sees them. */
function memoryRows(facts: TargetFacts, initrdMiB: number): FitRow[] {
  const options = { initrdMiB, diskoDependenciesMiB: 0, swapFile: "auto" } as const;
  const rows = forecastMemory(facts, options) ?? [];
  // Where the installer runs already, none is loaded.
  return rows
    .filter(({ step }) => !runsInstaller(facts) || step !== "kexec")
    .map(({ what, needMiB, haveMiB, verdict, action }) => ({
      of: "memory",
      what,
      needBytes: needMiB * mib,
      haveBytes: haveMiB * mib,
      verdict,
      action,
    }));
}
