import type { SeenMachine } from "../../../core/src/bootstrap/seenMachine.ts";
import { formatBytes, parseBytes } from "../../../core/src/closure/byteSizes.ts";
import type { TargetSize } from "../../../core/src/closure/fits.ts";

/** The machine that a host is meant for, in bytes and in words; words are empty for what is not known. */
export interface KnownTarget {
  readonly size: TargetSize;
  /** `20 GB disk`; of several, what they have together. */
  readonly disk: string;
  /** `1 GB RAM` */
  readonly ram: string;
  /** Where that is known from: a sentence. */
  readonly source: string;
}

/** What the setting `nixosVps.targets` says of a host; sizes that cannot be read are left out. */
export function targetInSettings(targets: unknown, host: string): KnownTarget | undefined {
  const own = isRecord(targets) ? targets[host] : undefined;
  if (!isRecord(own)) return undefined;
  const disk = sizeOf(own["disk"]);
  const ram = sizeOf(own["ram"]);
  if (!disk && !ram) return undefined;
  return {
    size: { diskBytes: disk?.bytes, ramBytes: ram?.bytes },
    disk: disk ? `${disk.text} disk` : "",
    ram: ram ? `${ram.text} RAM` : "",
    source: "Disk and memory as nixosVps.targets says.",
  };
}

/** What the last bootstrap saw, memory in MiB as its forecast has it; undefined when it saw neither disk nor memory. */
export function targetSeen(machine: SeenMachine): KnownTarget | undefined {
  const { facts, diskBytes, diskCount } = machine;
  const { memory } = facts;
  if (diskBytes === undefined && memory === "unknown") return undefined;
  return {
    size: machine,
    disk: diskBytes === undefined ? "" : `${formatBytes(diskBytes)} ${diskCount === 1 ? "disk" : "of disks"}`,
    ram: memory === "unknown" ? "" : `${Math.round(memory.totalKiB / 1024)} MiB RAM`,
    source: `${sourceOf(machine)} nixosVps.targets can say otherwise.`,
  };
}

function sourceOf({ facts, diskBytes, diskCount }: SeenMachine): string {
  if (diskCount > 1) return `Memory and the ${diskCount} disks of the system as the last bootstrap found them.`;
  if (diskBytes !== undefined) return "Disk and memory as the last bootstrap found them.";
  const several = facts.disks === "unknown" ? 0 : facts.disks.length;
  const unclear = several > 1 ? `, and which of its ${several} disks the system is for is not known` : "";
  return `Memory as the last bootstrap found it${unclear}.`;
}

function sizeOf(value: unknown): { readonly text: string; readonly bytes: number } | undefined {
  if (typeof value !== "string") return undefined;
  const bytes = parseBytes(value);
  return bytes === undefined ? undefined : { text: value.trim(), bytes };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
