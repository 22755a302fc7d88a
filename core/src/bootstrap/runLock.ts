import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { processStart } from "../process/processStart.ts";

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

/**
 * Takes the lock of a target so that two runs cannot work on it at once; the lock of a process that is gone is taken over. Returns
 * the function that gives it back. Throws `TargetBusy` with the run that holds it.
 */
export function lockTarget(root: string, target: string, run: string): () => void {
  const directory = join(root, ".locks");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, encodeURIComponent(target));
  const owner: Owner = { pid: process.pid, started: processStart(process.pid) ?? "", run };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const descriptor = openSync(path, "wx", 0o600);
      writeSync(descriptor, JSON.stringify(owner));
      closeSync(descriptor);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const holder = readOwner(path);
      if (holder && processStart(holder.pid) === holder.started) {
        throw new TargetBusy(
          `The run ${holder.run} (process ${holder.pid}) is working on ${target}. Wait for it, or cancel it.`,
        );
      }
      rmSync(path, { force: true });
    }
  }
  throw new TargetBusy(`Another run is starting on ${target}.`);
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
