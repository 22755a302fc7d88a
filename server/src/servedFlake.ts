import { basename } from "node:path";
import type { FlakeProject } from "../../core/src/project/flakeProject.ts";
import type { RuleSettings } from "../../core/src/rules/ruleSettings.ts";
import { createLineIndex, type LineIndex, type Position } from "../../core/src/syntax/lineIndex.ts";
import type { Place } from "../../core/src/syntax/place.ts";
import type { RunWithProgress } from "./progress.ts";

/** A directory that is checked as one: a flake, or a folder of modules without one. */
export interface ServedFlake {
  readonly root: string;
  readonly uri: string;
  /** `documents`: nothing is read from disk, open documents are all there is. */
  readonly extent: "disk" | "documents";
  /** Grows with everything that may change a finding. */
  readonly revision: number;
  /** Why the directory could not be read; open documents are checked all the same. */
  readonly failure: string | undefined;
  readonly project: FlakeProject;
  /** Reads the directory, once more when called again. Never rejects: what goes wrong is `failure` and a log line. */
  read(): Promise<void>;
  /** Computes the findings in the background. */
  check(): Promise<void>;
  configure(settings: RuleSettings): void;
  openBuffer(path: string, text: string): void;
  closeBuffer(path: string): void;
  filesChanged(paths: readonly string[]): void;
  /** LSP range of a place in a file of this flake; the start of the file when its text is unknown. */
  range(place: Place): { start: Position; end: Position };
  dispose(): void;
}

export interface ServedFlakeOptions {
  readonly root: string;
  readonly uri: string;
  readonly extent: "disk" | "documents";
  /** Makes an empty project for the root. */
  readonly createProject: () => FlakeProject;
  readonly runWithProgress: RunWithProgress;
  readonly log: (message: string) => void;
}

export function createServedFlake(options: ServedFlakeOptions): ServedFlake {
  const { root, uri, createProject, runWithProgress, log } = options;
  const disposed = new AbortController();
  const buffers = new Map<string, string>();
  const lineIndexes = new Map<string, { text: string; lines: LineIndex }>();
  let project = createProject();
  let settings: RuleSettings | undefined;
  let extent = options.extent;
  let failure: string | undefined;
  let revision = 0;
  let reading = false;
  let changedWhileReading: string[] = [];

  /** Replaces a half-read project, whose model would report what it has not read as missing. */
  const startOver = (): void => {
    project.dispose();
    project = createProject();
    if (settings) project.configure(settings);
    for (const [path, text] of buffers) project.openBuffer(path, text);
  };

  const read = async (): Promise<void> => {
    extent = "disk";
    failure = undefined;
    try {
      await runWithProgress(`NixOS VPS: reading ${basename(root)}`, disposed.signal, (onProgress, signal) =>
        loadAndCheck(project, onProgress, signal),
      );
    } catch (error) {
      if (disposed.signal.aborted) return;
      extent = "documents";
      startOver();
      if (error instanceof Error && error.name === "AbortError") {
        log(`Reading ${root} was cancelled; only open documents are checked until "Check Whole Flake" is run.`);
      } else {
        failure = `${root} could not be read: ${error instanceof Error ? error.message : String(error)}`;
        log(`${failure}; only open documents are checked.`);
      }
    }
  };

  return {
    root,
    uri,
    get extent() {
      return extent;
    },
    get revision() {
      return revision;
    },
    get failure() {
      return failure;
    },
    get project() {
      return project;
    },
    async read() {
      if (options.extent === "documents") return;
      reading = true;
      await read();
      reading = false;
      if (disposed.signal.aborted) return project.dispose();
      if (extent === "disk" && changedWhileReading.length > 0) project.filesChanged(changedWhileReading);
      changedWhileReading = [];
      revision++;
    },
    async check() {
      await project.check(disposed.signal).catch((error: unknown) => {
        if (!disposed.signal.aborted) throw error;
      });
    },
    configure(next) {
      settings = next;
      project.configure(next);
      revision++;
    },
    openBuffer(path, text) {
      buffers.set(path, text);
      project.openBuffer(path, text);
      revision++;
    },
    closeBuffer(path) {
      buffers.delete(path);
      project.closeBuffer(path);
      revision++;
    },
    filesChanged(paths) {
      if (extent === "documents") return;
      if (reading) {
        changedWhileReading.push(...paths);
        return;
      }
      project.filesChanged(paths);
      revision++;
    },
    range({ file, start, end }) {
      const text = project.text(file);
      if (text === undefined) return { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
      let cached = lineIndexes.get(file);
      if (cached?.text !== text) {
        cached = { text, lines: createLineIndex(text) };
        lineIndexes.set(file, cached);
      }
      return { start: cached.lines.position(start), end: cached.lines.position(end) };
    },
    dispose() {
      disposed.abort();
      if (!reading) project.dispose();
    },
  };
}

async function loadAndCheck(
  project: FlakeProject,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<void> {
  await project.load({ onProgress, signal });
  await project.check(signal);
}
