import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { createEvaluator, type EvaluationFiles, type Evaluator } from "../model/evaluator.ts";
import type { Module } from "../model/module.ts";
import { readModule } from "../model/readModule.ts";
import { unknown, type Value } from "../model/value.ts";
import type { NixParser, ParsedText } from "../syntax/nixParser.ts";
import { type FlakeLock, readFlakeLock } from "./flakeLock.ts";
import { createGitIndex, type GitIndex } from "./gitIndex.ts";

/** Larger files are data, not modules (all of nixpkgs' largest hand-written file is 1.3 MB, python-packages.nix and its kind aside). */
const maximalFileSize = 2 * 1024 * 1024;

const noBindings: ParsedText["bindings"] = new Map();

interface Source {
  /** Its tree lives as long as the file is open in an editor. */
  readonly parsed: ParsedText;
  readonly hasTree: boolean;
  value: Value | undefined;
  module: Module | undefined;
}

/** The Nix files of a flake with what is computed from each of them alone; open buffers hide the files on disk. */
export interface Sources {
  readonly evaluator: Evaluator;
  /** Absolute paths of all files, sorted. */
  paths(): readonly string[];
  /** Files below a directory. */
  filesBelow(directory: string): readonly string[];
  has(path: string): boolean;
  text(path: string): string | undefined;
  parsed(path: string): ParsedText | undefined;
  /** The value of the file's expression; undefined when the file is not part of the project. */
  value(path: string): Value | undefined;
  /** The file read as a module; undefined when it is not part of the project. */
  module(path: string): Module | undefined;
  /** Reads the file from disk; returns false when it cannot be read as Nix (missing, binary, too large). */
  readFromDisk(path: string): boolean;
  openBuffer(path: string, text: string): void;
  closeBuffer(path: string): void;
  isOpen(path: string): boolean;
  /** Files of which another file of the project says `import`, as far as values were computed. */
  importedAsValue(): ReadonlySet<string>;
  remove(path: string): void;
  lock(): FlakeLock;
  readonly gitIndex: GitIndex;
  /** Something beside the Nix files changed on disk: directories are listed and paths looked up again. */
  forgetDisk(): void;
  dispose(): void;
}

export interface SourcesOptions {
  /** Absolute path of the flake. */
  readonly root: string;
  readonly parser: NixParser;
  /** The outputs of the flake, which `self` refers to. */
  readonly selfOutputs: () => Value | undefined;
}

export function createSources({ root, parser, selfOutputs }: SourcesOptions): Sources {
  const sources = new Map<string, Source>();
  const buffers = new Set<string>();
  /** Files whose values were asked for while a file's own value was computed, by the file that asked. */
  const readsByFile = new Map<string, Set<string>>();
  /** What depends on nothing but which files there are. */
  let fileSet: { readonly paths: readonly string[]; readonly below: Map<string, readonly string[]> } | undefined;
  let lock: FlakeLock | undefined;
  let directories = new Map<string, ReadonlyMap<string, "regular" | "directory"> | undefined>();
  let existing = new Map<string, boolean>();

  const record = (from: string, path: string): void => {
    const reads = readsByFile.get(from);
    if (reads) reads.add(path);
    else readsByFile.set(from, new Set([path]));
  };

  const files: EvaluationFiles = {
    importValue(path, from) {
      const file = sources.has(path) ? path : join(path, "default.nix");
      record(from, file);
      if (!sources.has(file)) record(from, path);
      return value(file);
    },
    readDirectory(path, from) {
      record(from, path);
      if (!directories.has(path)) directories.set(path, listDirectory(path));
      return directories.get(path);
    },
    exists(path, from) {
      record(from, path);
      const known = existing.get(path) ?? existsSync(path);
      existing.set(path, known);
      return known;
    },
    text: (path) => sources.get(path)?.parsed.text ?? "",
    selfOutputs,
    root,
  };
  const evaluator = createEvaluator(files);

  function value(path: string): Value | undefined {
    const source = sources.get(path);
    if (!source) return undefined;
    if (!source.value) {
      // A file that imports itself, directly or not, is unknown to itself.
      source.value = unknown({ file: path, start: 0, end: 0 });
      source.value = evaluator.evaluate(source.parsed.expression, undefined, path);
    }
    return source.value;
  }

  function module(path: string): Module | undefined {
    const source = sources.get(path);
    const own = value(path);
    if (!source || !own) return undefined;
    source.module ??= readModule(own, true, evaluator);
    return source.module;
  }

  function invalidate(path: string): void {
    const stale = new Set([path]);
    for (let size = 0; size !== stale.size; ) {
      size = stale.size;
      for (const [from, reads] of readsByFile)
        if (!stale.has(from) && [...reads].some((read) => stale.has(read))) stale.add(from);
    }
    for (const file of stale) {
      const source = sources.get(file);
      if (source) {
        source.value = undefined;
        source.module = undefined;
      }
      readsByFile.delete(file);
    }
  }

  function currentFileSet(): NonNullable<typeof fileSet> {
    fileSet ??= { paths: [...sources.keys()].sort(), below: new Map() };
    return fileSet;
  }

  function put(path: string, text: string): void {
    const before = sources.get(path);
    if (before?.parsed.text === text) return;
    const read = before?.hasTree ? parser.reparse(before.parsed, text) : parser.parse(text);
    if (!before) fileSet = undefined;
    const hasTree = buffers.has(path);
    if (!hasTree) read.tree.delete();
    // Without its tree a text is never parsed again, so nothing is taken over from its bindings.
    const parsed = hasTree ? read : { ...read, bindings: noBindings };
    sources.set(path, { parsed, hasTree, value: undefined, module: undefined });
    invalidate(path);
  }

  function remove(path: string): void {
    const source = sources.get(path);
    if (source?.hasTree) source.parsed.tree.delete();
    fileSet = undefined;
    if (sources.delete(path)) invalidate(path);
  }

  function readFromDisk(path: string): boolean {
    if (buffers.has(path)) return true;
    const text = readNixText(path);
    if (text === undefined) remove(path);
    else put(path, text);
    return text !== undefined;
  }

  return {
    evaluator,
    value,
    module,
    remove,
    readFromDisk,
    paths: () => currentFileSet().paths,
    filesBelow(directory) {
      const { paths, below } = currentFileSet();
      const known = below.get(directory) ?? paths.filter((path) => path.startsWith(directory + sep));
      below.set(directory, known);
      return known;
    },
    lock: () => (lock ??= readFlakeLock(root)),
    has: (path) => sources.has(path),
    text: (path) => sources.get(path)?.parsed.text,
    parsed: (path) => sources.get(path)?.parsed,
    isOpen: (path) => buffers.has(path),
    gitIndex: createGitIndex(root),
    importedAsValue: () => new Set([...readsByFile.values()].flatMap((reads) => [...reads])),
    openBuffer(path, text) {
      buffers.add(path);
      put(path, isNixText(text) ? text : "");
    },
    closeBuffer(path) {
      if (buffers.delete(path)) readFromDisk(path);
    },
    forgetDisk() {
      lock = undefined;
      directories = new Map();
      existing = new Map();
      const asked = [...readsByFile].filter(([, reads]) => [...reads].some((read) => !sources.has(read)));
      for (const [file] of asked) invalidate(file);
    },
    dispose() {
      for (const path of sources.keys()) remove(path);
    },
  };
}

function isNixText(text: string): boolean {
  return text.length <= maximalFileSize && !text.includes("\0");
}

/** Text of a Nix file, or undefined when it is missing, too large or binary. Bytes that are not UTF-8 become U+FFFD. */
function readNixText(path: string): string | undefined {
  try {
    if (statSync(path).size > maximalFileSize) return undefined;
    const text = readFileSync(path, "utf8");
    return isNixText(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

function listDirectory(path: string): ReadonlyMap<string, "regular" | "directory"> | undefined {
  try {
    const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile() || entry.isDirectory());
    return new Map(entries.map((entry) => [entry.name, entry.isDirectory() ? "directory" : "regular"]));
  } catch {
    return undefined;
  }
}
