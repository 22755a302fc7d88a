import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processStart } from "../process/processStart.ts";
import { RunUnwritable } from "./runUnwritable.ts";

/** Another process works on the target. */
export class TargetBusy extends Error {
  override readonly name = "TargetBusy";
}

/** A process as it can be told apart from a later one with the same number: by when it started (proc(5), stat field 22). */
interface Owner {
  readonly pid: number;
  readonly started: string;
  readonly run: string;
}

/** Where locks are while somebody holds them. */
export function locksDirectory(root: string): string {
  return join(root, ".locks");
}

/**
 * Takes the lock of a target so that two runs cannot work on it at once; the lock of a process that is gone is taken over. Returns
 * the function that gives it back. Throws `TargetBusy` with the run that holds it, and `RunUnwritable`.
 * @param identity what tells the target from others, an address or a host key
 * @param target the target in words
 */
export function lockTarget(root: string, identity: string, run: string, target = identity): () => void {
  const directory = locksDirectory(root);
  keeping(directory, () => mkdirSync(directory, { recursive: true, mode: 0o700 }));
  const path = join(directory, encodeURIComponent(identity));
  const owner: Owner = { pid: process.pid, started: processStart(process.pid) ?? "", run };
  // Written beside it and linked to its place, so that nobody ever reads half of it.
  const own = `${path}.${process.pid}`;
  try {
    keeping(path, () => writeFileSync(own, JSON.stringify(owner), { mode: 0o600 }));
    for (let attempt = 0; attempt < 3; attempt++) {
      if (linkIfFree(own, path)) return () => rmSync(path, { force: true });
      const holder = readOwner(path);
      if (holder && processStart(holder.pid) === holder.started) {
        throw new TargetBusy(
          `The run ${holder.run} (process ${holder.pid}) is working on ${target}. Wait for it, or cancel it.`,
        );
      }
      removeStale(path, holder);
    }
    throw new TargetBusy(`Another run is starting on ${target}.`);
  } finally {
    rmSync(own, { force: true });
  }
}

function keeping(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new RunUnwritable(path, error);
  }
}

function linkIfFree(file: string, path: string): boolean {
  try {
    linkSync(file, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Two processes may find the same stale lock; the slower one must not take away what the faster one has put in its place. */
function removeStale(path: string, stale: Owner | undefined): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readOwner(aside);
  if (moved && moved.pid !== stale?.pid) linkIfFree(aside, path);
  rmSync(aside, { force: true });
}

function readOwner(path: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null && "pid" in value && "started" in value && "run" in value
      ? (value as Owner)
      : undefined;
  } catch {
    return undefined;
  }
}
