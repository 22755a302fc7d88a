import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { stateDirectory } from "../../stateDirectory.ts";
import type { ClosureAnalysis } from "../analyseClosure.ts";
import { type Measurement, parseMeasurement } from "../measurement.ts";

/** A line of a host's history: the totals of one measurement, without its paths. */
export interface HistoryEntry {
  readonly flake: string;
  readonly host: string;
  /** ISO 8601, in UTC. */
  readonly measuredAt: string;
  readonly root: string;
  readonly totalBytes: number;
  readonly pathCount: number;
  readonly revision?: string;
}

/** Measurements by the store path of the system, and per host of a flake what was measured when. */
export interface MeasurementStore {
  readonly directory: string;
  /** Keeps a measurement of a host; one without a host is not kept. What is oldest goes when there is too much. */
  save(analysis: ClosureAnalysis): void;
  /** Undefined when there is none, or what is there cannot be read. */
  read(root: string): Measurement | undefined;
  /** Oldest first; a system that was measured again directly after itself stands once, with the later time. */
  history(flake: string, host: string): HistoryEntry[];
}

/** A measurement of 3,000 paths has about 1 MB. */
const keptBytes = 200_000_000;
const keptEntries = 200;

/** Where measurements are kept. */
export function closuresDirectory(env?: Readonly<Record<string, string | undefined>>): string {
  return join(stateDirectory(env), "closures");
}

export function measurementStore(directory: string = closuresDirectory()): MeasurementStore {
  const measurements = join(directory, "measurements");
  const measurementFile = (root: string): string => join(measurements, `${basename(root)}.json`);
  const historyFile = (flake: string, host: string): string => {
    const key = createHash("sha256").update(`${flake}\0${host}`).digest("hex").slice(0, 16);
    return join(directory, "history", `${host.replace(/[^A-Za-z0-9_.-]/g, "_").slice(0, 40)}-${key}.jsonl`);
  };
  const history = (flake: string, host: string): HistoryEntry[] => {
    const lines = readText(historyFile(flake, host))?.split("\n") ?? [];
    return lines.flatMap((line) => parseEntry(line) ?? []);
  };
  return {
    directory,
    history,
    save({ measurement, totalBytes, pathCount }) {
      const { flake, host, measuredAt, root, revision } = measurement;
      if (host === "") return;
      const file = historyFile(flake, host);
      mkdirSync(measurements, { recursive: true, mode: 0o700 });
      mkdirSync(join(directory, "history"), { recursive: true, mode: 0o700 });
      writeFileAtomic.sync(measurementFile(root), JSON.stringify(measurement), { mode: 0o600 });
      const entry: HistoryEntry = {
        flake,
        host,
        measuredAt,
        root,
        totalBytes,
        pathCount,
        ...(revision === undefined ? {} : { revision }),
      };
      const before = history(flake, host);
      const earlier = before.at(-1)?.root === root ? before.slice(0, -1) : before;
      const kept = [...earlier, entry].slice(-keptEntries).map((each) => `${JSON.stringify(each)}\n`);
      writeFileAtomic.sync(file, kept.join(""), { mode: 0o600 });
      dropOldest(measurements, measurementFile(root));
    },
    read(root) {
      const text = readText(measurementFile(root));
      if (text === undefined) return undefined;
      try {
        return parseMeasurement(text);
      } catch {
        return undefined;
      }
    },
  };
}

/** Removes the files that were written longest ago until what is left is small enough; the last one stays. */
function dropOldest(directory: string, newest: string): void {
  const files = readdirSync(directory)
    .map((name) => join(directory, name))
    .flatMap((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats?.isFile() ? [{ path, time: stats.mtimeMs, bytes: stats.size }] : [];
    })
    .sort((a, b) => b.time - a.time);
  let bytes = 0;
  for (const file of files) {
    bytes += file.bytes;
    if (bytes > keptBytes && file.path !== newest) rmSync(file.path, { force: true });
  }
}

function parseEntry(line: string): HistoryEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is HistoryEntry {
  if (typeof value !== "object" || value === null) return false;
  const { flake, host, measuredAt, root, totalBytes, pathCount, revision } = value as Record<string, unknown>;
  return (
    [flake, host, measuredAt, root].every((each) => typeof each === "string") &&
    !Number.isNaN(Date.parse(measuredAt as string)) &&
    typeof totalBytes === "number" &&
    typeof pathCount === "number" &&
    (revision === undefined || typeof revision === "string")
  );
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
