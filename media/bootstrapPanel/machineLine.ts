import type { TargetFacts } from "../../core/src/bootstrap/targetFacts.ts";
import { bytes } from "./units.ts";

/** A machine in a line: system, memory, swap, disks, what starts it. Facts may come from an older program and be incomplete. */
export function machineLine(facts: Partial<TargetFacts>): string {
  return [systemOf(facts), memoryOf(facts), swapOf(facts), ...disksOf(facts), firmwareOf(facts)]
    .filter((part) => part !== "")
    .join(" · ");
}

function systemOf({ os, arch }: Partial<TargetFacts>): string {
  const name = os === undefined || os === "unknown" ? "unknown system" : os.name || os.id;
  return arch === undefined || arch === "unknown" ? name : `${name}, ${arch}`;
}

function memoryOf({ memory }: Partial<TargetFacts>): string {
  if (memory === undefined || memory === "unknown") return "memory not known";
  const mib = (kib: number): number => Math.round(kib / 1024);
  return `${mib(memory.totalKiB)} MiB of memory, ${mib(memory.availableKiB)} MiB available`;
}

function swapOf({ swap }: Partial<TargetFacts>): string {
  if (swap === undefined || swap === "unknown") return "";
  if (swap.length === 0) return "no swap";
  return `swap ${swap.map(({ kind, sizeKiB }) => `${kind} ${Math.round(sizeKiB / 1024)} MiB`).join(", ")}`;
}

function disksOf({ disks }: Partial<TargetFacts>): string[] {
  if (disks === undefined || disks === "unknown") return [];
  return disks.map(({ name, sizeBytes, model, serial }) => {
    const size = sizeBytes === "unknown" ? [] : [bytes(sizeBytes)];
    const told = [
      ...size,
      ...(model === "unknown" ? [] : [model]),
      ...(serial === "unknown" ? [] : [`serial ${serial}`]),
    ];
    return `/dev/${name}${told.length > 0 ? ` (${told.join(", ")})` : ""}`;
  });
}

function firmwareOf({ firmware }: Partial<TargetFacts>): string {
  return firmware === "bios" ? "BIOS" : firmware === "uefi" ? "UEFI" : "";
}
