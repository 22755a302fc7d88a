import type { StepId } from "./stepId.ts";
import type { TargetFacts } from "./targetFacts.ts";

export type Verdict = "ok" | "tight" | "blocked";

/** What one stage needs of the memory, in MiB (1 MiB = 1024 KiB), and what the run does about it. */
export interface ForecastRow {
  readonly step: StepId;
  /** What takes the memory. */
  readonly what: string;
  readonly needMiB: number;
  readonly haveMiB: number;
  readonly verdict: Verdict;
  readonly action: string;
  /** The memory that it has to fit in. */
  readonly totalMiB: number;
  /** What is in there already; the rest is what it has. */
  readonly taken: readonly { readonly what: string; readonly mib: number }[];
  /** What the swap of the run adds; 0 where swap does not help. */
  readonly swapMiB: number;
}

export interface ForecastOptions {
  /** Size of the installer's initrd; nixos-images 25.05 to 25.11 have about 336. */
  readonly initrdMiB: number;
  /** What the disko script brings into the installer's store: 0 without dependencies, else about 400. */
  readonly diskoDependenciesMiB: number;
  /** Whether the old system may get a swap file: when nothing else suffices, in any case, or not at all. */
  readonly swapFile: "auto" | "always" | "never";
}

/** Size of the kexec initrd of nixos-images' noninteractive installer. */
export const stockInitrdMiB = 336;

/** Kernel and boot parameters in the same segments: an image of 336.2 MiB is refused with 750 MiB and taken with 790. */
const kexecSegmentsMiB = 58;

/** Buffers beside the two copies of the image: loading 336.2 MiB fails with 679 MiB available and works with 733. */
const kexecBuffersMiB = 60;

/**
 * What stays in memory of an old system whatever swap it has: its kernel, page tables, what is compressed. With 801 MiB, of which 693
 * are available, loading 336 MiB runs out of memory although zram has taken every page of every process.
 */
const unswappableMiB = 90;

/** What the installer's userland and kernel take once it is up: 110 to 150 measured. */
const installerIdleMiB = 140;

/** `nix-store --serve` on the receiving side of a copy. */
const nixStoreMiB = 100;

/** Activation of the new system and its boot loader. */
const activationMiB = 150;

/** zstd on store files reaches 2.5 to 3; the lower one is counted with. */
const zramRatio = 2.5;

/** Below this much available memory in the installer the run uses zram; below the second one copies may hang even so. */
const comfortableMiB = 350;
const hangingMiB = 150;

/** The machine's memory; that of a small machine when it is not known. */
export function memoryMiB({ memory }: Pick<TargetFacts, "memory">): number {
  return memory === "unknown" ? 1024 : memory.totalKiB / 1024;
}

/** Size of the zram device for a machine: half again its memory, 2 GiB at most, holding at most half of the memory. */
export function zramPlan(totalMiB: number): { readonly sizeMiB: number; readonly limitMiB: number } {
  return { sizeMiB: Math.min(Math.round(totalMiB * 1.5), 2048), limitMiB: Math.round(totalMiB / 2) };
}

/**
 * Says stage by stage whether the memory suffices, from what the kernel does: it refuses an image of more than half of the memory
 * (kernel/kexec_core.c, sanity_check_segment_list), loading copies it once more, and the unpacked image stays pinned in the
 * installer. Undefined when the target's memory is not known.
 */
export function forecastMemory(facts: TargetFacts, options: ForecastOptions): ForecastRow[] | undefined {
  if (facts.memory === "unknown") return undefined;
  const { initrdMiB, diskoDependenciesMiB } = options;
  const totalMiB = facts.memory.totalKiB / 1024;
  const availableMiB = facts.memory.availableKiB / 1024;
  const gainMiB = zramGain(totalMiB, facts);
  return [
    imageLimit(totalMiB, initrdMiB),
    imageLoad(availableMiB, totalMiB, initrdMiB, {
      zramMiB: gainMiB,
      diskMiB: diskSwapRoom(facts),
      fileMiB: swapFilePlan(facts, options),
    }),
    ...installerStages(totalMiB, initrdMiB, diskoDependenciesMiB, gainMiB),
  ].map(rounded);
}

function rounded(row: ForecastRow): ForecastRow {
  return {
    ...row,
    needMiB: Math.round(row.needMiB),
    haveMiB: Math.round(row.haveMiB),
    totalMiB: Math.round(row.totalMiB),
    taken: row.taken.map(({ what, mib }) => ({ what, mib: Math.round(mib) })),
    swapMiB: Math.round(row.swapMiB),
  };
}

/** The worst verdict of the rows. */
export function worstVerdict(rows: readonly Pick<ForecastRow, "verdict">[]): Verdict {
  return rows.some((row) => row.verdict === "blocked")
    ? "blocked"
    : rows.some((row) => row.verdict === "tight")
      ? "tight"
      : "ok";
}

function imageLimit(totalMiB: number, initrdMiB: number): ForecastRow {
  const needMiB = 2 * (initrdMiB + kexecSegmentsMiB);
  const largest = Math.floor(totalMiB / 2 - kexecSegmentsMiB);
  const isBlocked = totalMiB < needMiB;
  return {
    step: "kexec",
    what: "the kernel takes no image larger than half of the memory",
    needMiB,
    haveMiB: totalMiB,
    ...{ totalMiB, taken: [], swapMiB: 0 },
    verdict: isBlocked ? "blocked" : "ok",
    action: isBlocked
      ? `Swap does not help: use an installer image whose initrd has at most ${Math.max(0, largest)} MiB, or more memory.`
      : "nothing",
  };
}

/** Available memory that loading an image takes when there is no swap. */
export function loadingMiB(initrdMiB: number): number {
  return 2 * initrdMiB + kexecBuffersMiB;
}

/** What zram makes room for where there is none yet. */
function zramGain(totalMiB: number, { zram }: TargetFacts): number {
  return zram === false ? 0 : zramRoom(Number.POSITIVE_INFINITY, totalMiB);
}

/** What a zram device makes room for by what is free of it yet; what is swapped to it takes some of the room itself. */
export function zramRoom(freeMiB: number, totalMiB: number): number {
  return Math.min(freeMiB, zramPlan(totalMiB).limitMiB * zramRatio) * (1 - 1 / zramRatio);
}

/** What swap on disks of the old system has room for. */
function diskSwapRoom({ swap }: TargetFacts): number {
  if (swap === "unknown") return 0;
  return swap.reduce(
    (sum, { kind, sizeKiB, usedKiB }) =>
      kind === "zram" || usedKiB === "unknown" ? sum : sum + (sizeKiB - usedKiB) / 1024,
    0,
  );
}

/** File systems that swap files work on (swapon(8)); on btrfs they must not be copied on write. */
const swapFilesystems: readonly string[] = ["ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs"];

/** Room beside the swap file and the installer's image that the old system keeps. */
const keptFreeMiB = 100;

/** Size of a swap file that makes up for so much that is missing: some more, because memory is not still. */
export function swapFileSize(missingMiB: number): number {
  return Math.max(256, Math.ceil((missingMiB * 1.25 + 64) / 64) * 64);
}

/** The largest swap file that the old system has room for beside the installer's image; 0 where none works. */
export function largestSwapFile({ rootFilesystem }: TargetFacts, initrdMiB: number): number {
  if (rootFilesystem === "unknown" || !swapFilesystems.includes(rootFilesystem.fstype)) return 0;
  return Math.max(0, Math.floor(rootFilesystem.freeBytes / 1024 / 1024 - 2 * initrdMiB - keptFreeMiB));
}

/** Size of the swap file that the old system gets while the image is loaded; 0 when it gets none. */
export function swapFilePlan(
  facts: TargetFacts,
  { initrdMiB, swapFile }: Pick<ForecastOptions, "initrdMiB" | "swapFile">,
): number {
  if (facts.memory === "unknown" || swapFile === "never") return 0;
  const { totalKiB, availableKiB } = facts.memory;
  const missingMiB =
    loadingMiB(initrdMiB) - availableKiB / 1024 - zramGain(totalKiB / 1024, facts) - diskSwapRoom(facts);
  if (missingMiB <= 0 && swapFile !== "always") return 0;
  const sizeMiB = swapFileSize(Math.max(0, missingMiB));
  return sizeMiB <= largestSwapFile(facts, initrdMiB) ? sizeMiB : 0;
}

interface OldSwap {
  readonly zramMiB: number;
  /** Of swap that is there already. */
  readonly diskMiB: number;
  readonly fileMiB: number;
}

function imageLoad(
  availableMiB: number,
  totalMiB: number,
  initrdMiB: number,
  { zramMiB, diskMiB, fileMiB }: OldSwap,
): ForecastRow {
  // Swap makes room only where something is that can be moved to it.
  const swappableMiB = Math.max(0, totalMiB - availableMiB - unswappableMiB);
  const row = {
    step: "kexec",
    what: "the image is loaded and copied once",
    needMiB: loadingMiB(initrdMiB),
    haveMiB: availableMiB,
    totalMiB,
    taken: [{ what: "the old system", mib: totalMiB - availableMiB }],
    swapMiB: Math.min(zramMiB + diskMiB + fileMiB, swappableMiB),
  } as const;
  if (availableMiB >= row.needMiB) return { ...row, verdict: "ok", action: "nothing" };
  const missing = Math.ceil(row.needMiB - availableMiB - row.swapMiB);
  if (missing <= 0) {
    const means = [...(zramMiB > 0 ? ["zram"] : []), ...(fileMiB > 0 ? [`a swap file of ${fileMiB} MiB`] : [])];
    const action =
      means.length > 0 ? `sets up ${means.join(" and ")} on the old system first` : "nothing: the old system has swap";
    return { ...row, verdict: "tight", action };
  }
  if (row.needMiB > availableMiB + swappableMiB)
    return {
      ...row,
      verdict: "blocked",
      action: `Swap does not help, because little is in use that could be moved to it: ${missing} MiB are missing. Use a smaller installer image, or more memory.`,
    };
  return {
    ...row,
    verdict: "blocked",
    action: `Stop services on the old system: ${missing} MiB are missing${zramMiB > 0 ? " even with zram" : ""}, or make room on its disk for a swap file (--swap-file).`,
  };
}

function installerStages(totalMiB: number, initrdMiB: number, diskoMiB: number, gainMiB: number): ForecastRow[] {
  const idleMiB = totalMiB - initrdMiB - installerIdleMiB;
  const taken = [
    { what: "the installer's image, unpacked", mib: initrdMiB },
    { what: "the installer's programs", mib: installerIdleMiB },
  ];
  const zramAction = gainMiB > 0 ? "sets up zram in the installer" : "nothing: the kernel has no zram";
  const stage = (step: StepId, what: string, needMiB: number): ForecastRow => {
    const haveMiB = Math.max(0, idleMiB);
    const base = { step, what, needMiB, haveMiB, totalMiB, taken, swapMiB: gainMiB };
    if (haveMiB >= Math.max(needMiB, comfortableMiB)) return { ...base, verdict: "ok", action: "nothing" };
    if (haveMiB + gainMiB < needMiB || haveMiB < hangingMiB) {
      return haveMiB + gainMiB < needMiB
        ? { ...base, verdict: "blocked", action: "Use a smaller installer image, or more memory." }
        : { ...base, verdict: "tight", action: `${zramAction}; expect it to be slow` };
    }
    return { ...base, verdict: haveMiB >= needMiB ? "ok" : "tight", action: zramAction };
  };
  return [
    diskoStage(stage, totalMiB, diskoMiB),
    stage("install", "the system is copied to the disk; only the copy itself takes memory", nixStoreMiB),
    stage("install", "activation and the boot loader", nixStoreMiB + activationMiB),
  ];
}

/** The store of the installer is a tmpfs of half of the memory, whatever the swap. */
function diskoStage(
  stage: (step: StepId, what: string, needMiB: number) => ForecastRow,
  totalMiB: number,
  diskoMiB: number,
): ForecastRow {
  if (diskoMiB === 0) return stage("disko", "the disko script without its dependencies", nixStoreMiB);
  const row = stage(
    "disko",
    "the disko script and its dependencies go to the installer's store",
    diskoMiB + nixStoreMiB,
  );
  if (diskoMiB <= totalMiB * 0.45) return row;
  return {
    ...row,
    needMiB: diskoMiB,
    haveMiB: totalMiB / 2,
    ...{ totalMiB: totalMiB / 2, taken: [], swapMiB: 0 },
    verdict: "blocked",
    action: "Use the disko script without dependencies (diskoScriptNoDeps).",
  };
}
