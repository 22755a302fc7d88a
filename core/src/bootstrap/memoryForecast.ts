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
}

/** Size of the kexec initrd of nixos-images' noninteractive installer. */
export const stockInitrdMiB = 336;

/** Kernel and boot parameters in the same segments: an image of 336.2 MiB is refused with 750 MiB and taken with 790. */
const kexecSegmentsMiB = 58;

/** Buffers beside the two copies of the image: loading 336.2 MiB fails with 679 MiB available and works with 733. */
const kexecBuffersMiB = 60;

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

/** Size of the zram device for a machine: half again its memory, 2 GiB at most, holding at most half of the memory. */
export function zramPlan(totalMiB: number): { readonly sizeMiB: number; readonly limitMiB: number } {
  return { sizeMiB: Math.min(Math.round(totalMiB * 1.5), 2048), limitMiB: Math.round(totalMiB / 2) };
}

/**
 * Says stage by stage whether the memory suffices, from what the kernel does: it refuses an image of more than half of the memory
 * (kernel/kexec_core.c, sanity_check_segment_list), loading copies it once more, and the unpacked image stays pinned in the
 * installer. Undefined when the target's memory is not known.
 */
export function forecastMemory(
  facts: TargetFacts,
  { initrdMiB, diskoDependenciesMiB }: ForecastOptions,
): ForecastRow[] | undefined {
  if (facts.memory === "unknown") return undefined;
  const totalMiB = facts.memory.totalKiB / 1024;
  const availableMiB = facts.memory.availableKiB / 1024;
  const canZram = facts.zram !== false;
  const zram = zramPlan(totalMiB);
  const gainMiB = canZram ? zram.limitMiB * (zramRatio - 1) : 0;
  return [
    imageLimit(totalMiB, initrdMiB),
    imageLoad(availableMiB, totalMiB, initrdMiB, gainMiB),
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
export function worstVerdict(rows: readonly ForecastRow[]): Verdict {
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

function imageLoad(availableMiB: number, totalMiB: number, initrdMiB: number, gainMiB: number): ForecastRow {
  const row = {
    step: "kexec",
    what: "the image is loaded and copied once",
    needMiB: 2 * initrdMiB + kexecBuffersMiB,
    haveMiB: availableMiB,
    totalMiB,
    taken: [{ what: "the old system", mib: totalMiB - availableMiB }],
    swapMiB: gainMiB,
  } as const;
  if (availableMiB >= row.needMiB) return { ...row, verdict: "ok", action: "nothing" };
  if (availableMiB + gainMiB >= row.needMiB)
    return { ...row, verdict: "tight", action: "sets up zram on the old system first" };
  const missing = Math.ceil(row.needMiB - availableMiB - gainMiB);
  return {
    ...row,
    verdict: "blocked",
    action: `Stop services on the old system: ${missing} MiB are missing even with zram.`,
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
