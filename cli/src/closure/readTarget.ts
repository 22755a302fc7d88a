import { lastMachines } from "../../../core/src/bootstrap/lastMachines.ts";
import { runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import { seenMachine } from "../../../core/src/bootstrap/seenMachine.ts";
import type { TargetFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { formatBytes } from "../../../core/src/closure/byteSizes.ts";
import type { TargetSize } from "../../../core/src/closure/fits.ts";
import { cannotReadRuns } from "../bootstrap/followRun.ts";
import { CannotRun } from "../cannotRun.ts";
import { readFacts } from "../readFacts.ts";
import type { Terminal } from "../terminal.ts";
import type { ClosureOptions } from "./closureOptions.ts";
import type { ClosureSubject } from "./closureSubject.ts";

/** The machine that a system is meant for. */
export interface ReadTarget {
  readonly size: TargetSize;
  /** Where that is known from, such as `as the last bootstrap found it`; undefined when the options say it. */
  readonly source: string | undefined;
}

/**
 * The machine a system is meant for: as the options say, else as the last bootstrap of the host saw it. Throws `CannotRun` when a
 * file says nothing of it.
 */
export async function readTarget(
  options: ClosureOptions,
  subject: ClosureSubject,
  { directory, env, warn }: Pick<Terminal, "directory" | "env" | "warn">,
): Promise<ReadTarget> {
  const { diskBytes, ramBytes } = options;
  if (options.facts !== undefined) {
    const facts = readFacts(options.facts, directory);
    return { size: sizeInFile(options.facts, facts, diskBytes, warn), source: `as ${options.facts} has it` };
  }
  if (diskBytes !== undefined || ramBytes !== undefined || subject.kind === "path")
    return { size: { diskBytes, ramBytes }, source: undefined };
  const { directory: flake, host } = subject.reference;
  const root = runsRoot(env);
  const all = await lastMachines(root).catch((error: unknown) => {
    warn(`what the last bootstrap saw is not known: ${cannotReadRuns(root, error).message}`);
    return [];
  });
  const seen = all.find((each) => each.flake === flake && each.host === host);
  return { size: seen ?? {}, source: seen && "as the last bootstrap found it" };
}

/** `diskBytes` is what --disk says. */
function sizeInFile(
  path: string,
  facts: TargetFacts,
  diskBytes: number | undefined,
  warn: Terminal["warn"],
): TargetSize {
  if (diskBytes !== undefined) return { facts, diskBytes };
  const machine = seenMachine(facts);
  if (machine.diskBytes !== undefined) return machine;
  const disks = facts.disks === "unknown" ? [] : facts.disks;
  if (disks.length > 1) {
    const names = disks.map(
      ({ name, sizeBytes }) => `${name}${sizeBytes === "unknown" ? "" : ` ${formatBytes(sizeBytes)}`}`,
    );
    warn(`${path} has ${disks.length} disks (${names.join(", ")}): give --disk to see whether the system fits`);
  } else if (facts.memory === "unknown")
    throw new CannotRun(
      `${path} says neither how large the disks are nor how much memory there is (nixos-vps inspect)`,
    );
  return machine;
}
