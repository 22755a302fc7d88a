import { randomBytes } from "node:crypto";
import { type Dirent, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateDirectory } from "../stateDirectory.ts";
import type { FlakeFacts } from "./flakeFacts.ts";
import type { BootstrapRequest } from "./request.ts";
import { RunUnwritable } from "./runUnwritable.ts";

/** The files of one run; all of them are readable by their owner only. */
export interface RunDirectory {
  readonly id: string;
  readonly path: string;
  readonly journal: string;
  readonly request: string;
  /** What the flake said when the run was started. */
  readonly flake: string;
  readonly log: string;
  /** Error output of the run's process when it has no terminal. */
  readonly errors: string;
  readonly report: string;
  readonly privateKey: string;
  readonly knownHosts: string;
  readonly socket: string;
  /** Programs that stand in front of those on PATH. */
  readonly bin: string;
}

/** Where runs are kept. */
export function runsRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(stateDirectory(env), "runs");
}

export function runDirectory(root: string, id: string): RunDirectory {
  const path = join(root, id);
  const file = (name: string): string => join(path, name);
  return {
    id,
    path,
    journal: file("journal.jsonl"),
    request: file("request.json"),
    flake: file("flake.json"),
    log: file("log.txt"),
    errors: file("errors.txt"),
    report: file("report.md"),
    privateKey: file("key"),
    knownHosts: file("known_hosts"),
    socket: file("control"),
    bin: file("bin"),
  };
}

/** Makes the directory of a new run; its name is the time and the host, so that a list of them reads well. */
export function createRunDirectory(root: string, host: string, now: Date): RunDirectory {
  const time = now.toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "");
  const id = `${time}-${host.replace(/[^A-Za-z0-9_.-]/g, "_").slice(0, 20)}-${randomBytes(2).toString("hex")}`;
  const directory = runDirectory(root, id);
  mkdirSync(directory.bin, { recursive: true, mode: 0o700 });
  return directory;
}

/** Ids of the runs that are there, newest first; an empty list when there are none. Throws what the system says of a root that cannot be read. */
export function listRuns(root: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(root, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries
    .flatMap((entry) => (entry.isDirectory() && !entry.name.startsWith(".") ? [entry.name] : []))
    .sort()
    .reverse();
}

/** Keeps what a run was asked for and what the flake said, so that it can be taken up again. */
export function keepRequest({ request, flake }: RunDirectory, asked: BootstrapRequest, said: FlakeFacts): void {
  writePrivate(request, JSON.stringify(asked));
  writePrivate(flake, JSON.stringify(said));
}

/** Writes a file that only its owner can read; what was there before stays when that fails. Throws `RunUnwritable`. */
export function writePrivate(path: string, text: string): void {
  const draft = `${path}.new`;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new RunUnwritable(path, error);
  }
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
