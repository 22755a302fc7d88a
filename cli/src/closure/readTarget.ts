import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type TargetFacts, unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import type { TargetSize } from "../../../core/src/closure/fits.ts";
import { CannotRun } from "../cannotRun.ts";
import { systemError } from "../systemError.ts";
import type { ClosureOptions } from "./closureOptions.ts";

/** The machine a system is meant for, as the options say. Throws `CannotRun` when a file says nothing of it. */
export function readTarget({ diskBytes, ramBytes, facts }: ClosureOptions, directory: string): TargetSize {
  if (facts === undefined) return { diskBytes, ramBytes };
  let value: Partial<TargetFacts> | null;
  try {
    value = JSON.parse(readFileSync(resolve(directory, facts), "utf8"));
  } catch (error) {
    throw new CannotRun(`cannot read the facts in ${facts}: ${systemError(error)}`);
  }
  const { memory, disks } = typeof value === "object" && value !== null ? value : {};
  const sizes = Array.isArray(disks) ? disks.map(({ sizeBytes }) => sizeBytes) : [];
  const known = sizes.filter((size) => typeof size === "number");
  const totalKiB = typeof memory === "object" ? memory.totalKiB : undefined;
  if (known.length === 0 && totalKiB === undefined)
    throw new CannotRun(
      `${facts} says neither how large the disks are nor how much memory there is (nixos-vps inspect)`,
    );
  return {
    facts: { ...unknownFacts, ...value },
    // Of several disks the system goes on one; the largest is the kindest guess.
    diskBytes: known.length === 0 ? undefined : Math.max(...known),
  };
}
