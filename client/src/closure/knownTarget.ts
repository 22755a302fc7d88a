import type { TargetFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { formatBytes, parseBytes } from "../../../core/src/closure/byteSizes.ts";
import type { TargetSize } from "../../../core/src/closure/fits.ts";

/** The machine that a host is meant for, in bytes and in words; words are empty for what is not known. */
export interface KnownTarget {
  readonly size: TargetSize;
  readonly disk: string;
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
    disk: disk?.text ?? "",
    ram: ram?.text ?? "",
    source: "Disk and memory as nixosVps.targets says.",
  };
}

/** What a bootstrap has found; of a machine with several disks nobody knows which is meant. */
export function targetInFacts({ memory, disks }: TargetFacts): KnownTarget | undefined {
  const [only, ...others] = disks === "unknown" ? [] : disks;
  const diskBytes = only && others.length === 0 && only.sizeBytes !== "unknown" ? only.sizeBytes : undefined;
  const ramBytes = memory === "unknown" ? undefined : memory.totalKiB * 1024;
  if (diskBytes === undefined && ramBytes === undefined) return undefined;
  const text = (bytes: number | undefined): string => (bytes === undefined ? "" : formatBytes(bytes));
  return {
    size: { diskBytes, ramBytes },
    disk: text(diskBytes),
    ram: text(ramBytes),
    source: "Disk and memory as the last bootstrap found them.",
  };
}

function sizeOf(value: unknown): { readonly text: string; readonly bytes: number } | undefined {
  if (typeof value !== "string") return undefined;
  const bytes = parseBytes(value);
  return bytes === undefined ? undefined : { text: value.trim(), bytes };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
