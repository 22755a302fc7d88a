import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The locked inputs of a flake that the rules ask for. */
export interface FlakeLock {
  /** Seconds since 1970 of the locked commit of a GitHub repository (`nix-community/impermanence`), or undefined when it is not locked. */
  lastModified(repository: string): number | undefined;
}

interface LockedNode {
  readonly locked?: { readonly owner?: unknown; readonly repo?: unknown; readonly lastModified?: unknown };
}

/** Reads `flake.lock` (Nix manual, lock files: version 7); a missing or unreadable file locks nothing. */
export function readFlakeLock(root: string): FlakeLock {
  const lastModified = new Map<string, number>();
  for (const { locked } of lockedNodes(join(root, "flake.lock"))) {
    if (typeof locked?.owner !== "string" || typeof locked.repo !== "string" || typeof locked.lastModified !== "number")
      continue;
    const repository = `${locked.owner}/${locked.repo}`.toLowerCase();
    lastModified.set(repository, Math.max(locked.lastModified, lastModified.get(repository) ?? 0));
  }
  return { lastModified: (repository) => lastModified.get(repository.toLowerCase()) };
}

function lockedNodes(path: string): LockedNode[] {
  try {
    const lock: unknown = JSON.parse(readFileSync(path, "utf8"));
    const nodes = typeof lock === "object" && lock !== null && "nodes" in lock ? lock.nodes : undefined;
    return typeof nodes === "object" && nodes !== null
      ? Object.values(nodes).filter((node) => typeof node === "object" && node !== null)
      : [];
  } catch {
    return [];
  }
}
