import type { BuildEstimate } from "../../../core/src/nix/estimateBuild.ts";

/** What `nixos-vps closure --format json` prints of a system that is not in the store. */
export interface NotBuilt {
  readonly root: string;
  readonly estimate: BuildEstimate;
}

/** Undefined when something else was printed. */
export function parseNotBuilt(printed: string): NotBuilt | undefined {
  let value: unknown;
  try {
    value = JSON.parse(printed);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value["estimate"]) || typeof value["root"] !== "string") return undefined;
  const { toBuild, toFetch, downloadBytes, unpackedBytes } = value["estimate"];
  if (![toBuild, toFetch, downloadBytes, unpackedBytes].every((each) => typeof each === "number")) return undefined;
  return { root: value["root"], estimate: { toBuild, toFetch, downloadBytes, unpackedBytes } as BuildEstimate };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
