import { lastFacts } from "../../../core/src/bootstrap/lastFacts.ts";
import { runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import type { TargetFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import type { TargetSize } from "../../../core/src/closure/fits.ts";
import { cannotReadRuns } from "../bootstrap/followRun.ts";
import { CannotRun } from "../cannotRun.ts";
import { readFacts } from "../readFacts.ts";
import type { Terminal } from "../terminal.ts";
import type { ClosureOptions } from "./closureOptions.ts";
import type { ClosureSubject } from "./closureSubject.ts";

/**
 * The machine a system is meant for: as the options say, else as the last bootstrap of the host saw it. Throws `CannotRun` when a
 * file says nothing of it.
 */
export async function readTarget(
  options: ClosureOptions,
  subject: ClosureSubject,
  { directory, env, warn }: Pick<Terminal, "directory" | "env" | "warn">,
): Promise<TargetSize> {
  const { diskBytes, ramBytes } = options;
  if (options.facts !== undefined) return sizeInFile(options.facts, directory);
  if (diskBytes !== undefined || ramBytes !== undefined || subject.kind === "path") return { diskBytes, ramBytes };
  const { directory: flake, host } = subject.reference;
  const root = runsRoot(env);
  const all = await lastFacts(root).catch((error: unknown) => {
    warn(`what the last bootstrap saw is not known: ${cannotReadRuns(root, error).message}`);
    return [];
  });
  const seen = all.find((each) => each.flake === flake && each.host === host);
  return seen ? sizeOf(seen.facts) : {};
}

function sizeInFile(path: string, directory: string): TargetSize {
  const facts = readFacts(path, directory);
  const size = sizeOf(facts);
  if (size.diskBytes === undefined && facts.memory === "unknown")
    throw new CannotRun(
      `${path} says neither how large the disks are nor how much memory there is (nixos-vps inspect)`,
    );
  return size;
}

/** Of a machine with several disks nobody knows which is meant. */
function sizeOf(facts: TargetFacts): TargetSize {
  const [only, ...others] = facts.disks === "unknown" ? [] : facts.disks;
  const size = others.length === 0 ? only?.sizeBytes : undefined;
  return { facts, diskBytes: size === "unknown" ? undefined : size };
}
