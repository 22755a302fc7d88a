import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { lastFacts } from "../../../core/src/bootstrap/lastFacts.ts";
import { runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import { type TargetFacts, unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import type { TargetSize } from "../../../core/src/closure/fits.ts";
import { CannotRun } from "../cannotRun.ts";
import { systemError } from "../systemError.ts";
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
  { directory, env }: Pick<Terminal, "directory" | "env">,
): Promise<TargetSize> {
  const { diskBytes, ramBytes } = options;
  if (options.facts !== undefined) return readFacts(options.facts, directory);
  if (diskBytes !== undefined || ramBytes !== undefined || subject.kind === "path") return { diskBytes, ramBytes };
  const { directory: flake, host } = subject.reference;
  const seen = (await lastFacts(runsRoot(env))).find((each) => each.flake === flake && each.host === host);
  return seen ? sizeOf(seen.facts) : {};
}

function readFacts(facts: string, directory: string): TargetSize {
  let value: Partial<TargetFacts> | null;
  try {
    value = JSON.parse(readFileSync(resolve(directory, facts), "utf8"));
  } catch (error) {
    throw new CannotRun(`cannot read the facts in ${facts}: ${systemError(error)}`);
  }
  const size = sizeOf({ ...unknownFacts, ...value });
  if (size.diskBytes === undefined && size.facts?.memory === "unknown")
    throw new CannotRun(
      `${facts} says neither how large the disks are nor how much memory there is (nixos-vps inspect)`,
    );
  return size;
}

/** Of a machine with several disks nobody knows which is meant. */
function sizeOf(facts: TargetFacts): TargetSize {
  const [only, ...others] = Array.isArray(facts.disks) ? facts.disks : [];
  const size = others.length === 0 ? only?.sizeBytes : undefined;
  return { facts, diskBytes: typeof size === "number" ? size : undefined };
}
