import { bytesOfDisks } from "./targetDisks.ts";
import type { TargetFacts } from "./targetFacts.ts";

/** A machine that an inspection or a bootstrap saw, and what of it is there for the system. */
export interface SeenMachine {
  readonly facts: TargetFacts;
  /** Of the disks that the system is on, together; undefined when it is not known which they are. */
  readonly diskBytes: number | undefined;
  /** How many disks these are. */
  readonly diskCount: number;
  /** Size of the initrd of the installer that the bootstrap was planned with; undefined when there was none. */
  readonly initrdMiB?: number;
}

/** `partitioned` are the disks that a bootstrap makes its own, by their names; where none is known, a machine's only disk is meant. */
export function seenMachine(facts: TargetFacts, partitioned: readonly string[] = []): SeenMachine {
  const named = bytesOfDisks(facts, partitioned);
  if (named !== undefined) return { facts, diskBytes: named, diskCount: partitioned.length };
  const [only, ...others] = facts.disks === "unknown" ? [] : facts.disks;
  const isOnly = only !== undefined && others.length === 0 && only.sizeBytes !== "unknown";
  return isOnly ? { facts, diskBytes: only.sizeBytes, diskCount: 1 } : { facts, diskBytes: undefined, diskCount: 0 };
}
