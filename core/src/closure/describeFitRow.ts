import { formatBytes } from "./byteSizes.ts";
import type { FitRow } from "./fits.ts";

/** `2.6 GB of 20 GB`; memory in MiB, as a bootstrap's plan has it. */
export function describeFitRow({ of, needBytes, haveBytes }: FitRow): string {
  if (of === "disk") return `${formatBytes(needBytes)} of ${formatBytes(haveBytes)}`;
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
  return `${mib(needBytes)} of ${mib(haveBytes)} MiB`;
}
