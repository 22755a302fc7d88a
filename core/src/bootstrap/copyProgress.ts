import { basename } from "node:path";
import { parseRecord } from "../nix/structuredLog.ts";

/** How far a copy between stores is. */
export interface CopyState {
  readonly paths: number;
  readonly totalPaths: number;
  readonly bytes: number;
  /** Of the paths that were begun, or of all when that is known. */
  readonly totalBytes: number;
  readonly bytesPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
}

export interface CopyProgress {
  /** Takes a line of standard error; true when it was about the copy. */
  take(line: string): boolean;
  state(): CopyState;
}

/** Types of activities and results in Nix's structured log (nix src/libutil/logging.hh). */
const copyPath = 100;
const copyPaths = 103;
const progressResult = 105;

/**
 * Follows `nix copy` by its structured log (`--log-format internal-json`, lines `@nix {…}`), or by the lines `copying path '…'` that
 * it prints without. `sizes` are the bytes of what may be copied by name: Nix 2.8 says of a path only that it begins and ends, and
 * the plain lines only that it begins. `now` gives milliseconds.
 */
export function createCopyProgress(
  sizes: ReadonlyMap<string, number> = new Map(),
  now: () => number = Date.now,
): CopyProgress {
  const closureBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const sizeOf = (path: unknown): number => (typeof path === "string" ? (sizes.get(basename(path)) ?? 0) : 0);
  const running = new Map<number, { done: number; expected: number }>();
  let finishedBytes = 0;
  let finishedPaths = 0;
  let plainPaths = 0;
  let totalPaths = sizes.size;
  let plainBytes = 0;
  let overall: number | undefined;
  let startedAt: number | undefined;

  const takeRecord = (record: Record<string, unknown>): boolean => {
    const id = Number(record["id"]);
    if (record["action"] === "start" && record["type"] === copyPath) {
      startedAt ??= now();
      const [path] = Array.isArray(record["fields"]) ? record["fields"] : [];
      running.set(id, { done: 0, expected: sizeOf(path) });
      return true;
    }
    if (record["action"] === "start" && record["type"] === copyPaths) {
      overall = id;
      return true;
    }
    if (record["action"] === "stop") {
      const path = running.get(id);
      if (!path) return id === overall;
      finishedBytes += Math.max(path.done, path.expected);
      finishedPaths++;
      return running.delete(id);
    }
    if (record["action"] !== "result" || record["type"] !== progressResult || !Array.isArray(record["fields"]))
      return false;
    const [done = 0, size = 0] = record["fields"].map(Number);
    if (id === overall && size > 0) totalPaths = size;
    const path = running.get(id);
    if (path) running.set(id, { done, expected: Math.max(size, path.expected) });
    return path !== undefined || id === overall;
  };

  return {
    take(line) {
      if (line.startsWith("@nix ")) {
        const record = parseRecord(line);
        return record !== undefined && takeRecord(record);
      }
      const count = /^copying (\d+) paths/.exec(line)?.[1];
      if (count !== undefined) totalPaths = Number(count);
      const path = /^copying path '([^']+)'/.exec(line)?.[1];
      if (path !== undefined) {
        startedAt ??= now();
        plainPaths++;
        plainBytes += sizeOf(path);
      }
      return path !== undefined || count !== undefined;
    },
    state() {
      const open = [...running.values()];
      const bytes = Math.max(plainBytes, finishedBytes + open.reduce((sum, path) => sum + path.done, 0));
      const begun = finishedBytes + open.reduce((sum, path) => sum + Math.max(path.done, path.expected), 0);
      const seconds = startedAt === undefined ? 0 : (now() - startedAt) / 1000;
      const bytesPerSecond = seconds >= 1 && bytes > 0 ? bytes / seconds : undefined;
      const totalBytes = Math.max(begun, bytes, closureBytes);
      const left = totalBytes - bytes;
      return {
        paths: Math.max(finishedPaths, plainPaths),
        totalPaths: Math.max(totalPaths, finishedPaths, plainPaths),
        bytes,
        totalBytes,
        bytesPerSecond,
        secondsLeft: bytesPerSecond !== undefined && closureBytes > 0 ? left / bytesPerSecond : undefined,
      };
    },
  };
}
