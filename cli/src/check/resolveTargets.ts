import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { findNixFiles } from "../../../core/src/flake/findNixFiles.ts";
import { systemError } from "../../../core/src/systemError.ts";
import { CannotRun } from "../cannotRun.ts";

/** A flake (or a directory of modules) and which of its files were asked for. Paths are absolute. */
export interface Target {
  readonly root: string;
  /** There is no flake: only the selected files are read, not what lies beside them. */
  readonly alone: boolean;
  /** Directories and files; `root` itself selects everything. */
  readonly selected: readonly string[];
  /** Roots of the flakes below, which answer for their own files. */
  readonly nested: readonly string[];
  /** The files among them, which are checked even where the search for modules passes them over. */
  readonly files: readonly string[];
  /** Texts that stand in for files on disk. */
  readonly buffers: ReadonlyMap<string, string>;
}

/**
 * Finds the flakes that the paths of a command line belong to, each once. A directory with `flake.nix` is a flake; any other
 * path belongs to the flake around it; without one, a directory is read like a flake and a file alone. Flakes below a directory
 * are targets of their own.
 * Throws `CannotRun` for a path that does not exist, cannot be read or is not Nix.
 */
export async function resolveTargets(paths: readonly string[], directory: string): Promise<Target[]> {
  const targets = new Map<string, GrowingTarget>();
  const targetOf = (root: string, alone: boolean): GrowingTarget => {
    const key = JSON.stringify([root, alone]);
    const target = targets.get(key) ?? { root, alone, selected: [], files: [] };
    targets.set(key, target);
    return target;
  };
  for (const path of paths) {
    const absolute = resolve(directory, path);
    const isDirectory = await inspect(absolute, path);
    const flake = await flakeAround(isDirectory ? absolute : dirname(absolute));
    const alone = flake === undefined && !isDirectory;
    const root = flake ?? (isDirectory ? absolute : dirname(absolute));
    const target = targetOf(root, alone);
    target.selected.push(absolute);
    if (!isDirectory) target.files.push(absolute);
    for (const nested of isDirectory ? await flakesBelow(absolute, root) : [])
      targetOf(nested, false).selected.push(nested);
  }
  const roots = [...targets.values()].filter(({ alone }) => !alone).map(({ root }) => root);
  return [...targets.values()].map((target) => ({
    ...target,
    nested: roots.filter((root) => root !== target.root && isWithin(root, target.root)),
    buffers: new Map(),
  }));
}

interface GrowingTarget {
  readonly root: string;
  readonly alone: boolean;
  readonly selected: string[];
  readonly files: string[];
}

/** Directories with `flake.nix` below a directory, other than the root it belongs to. */
async function flakesBelow(directory: string, root: string): Promise<string[]> {
  const files = await findNixFiles(directory);
  return files
    .filter((file) => basename(file) === "flake.nix")
    .map((file) => dirname(file))
    .filter((flake) => flake !== root);
}

/** The target of one file whose text is given; it need not exist on disk. */
export async function bufferTarget(path: string, text: string): Promise<Target> {
  const flake = await flakeAround(dirname(path));
  return {
    root: flake ?? dirname(path),
    alone: flake === undefined,
    selected: [path],
    nested: [],
    files: [],
    buffers: new Map([[path, text]]),
  };
}

/** The nearest directory with `flake.nix`, looked for as Nix does: upwards, but not out of a repository. */
async function flakeAround(directory: string): Promise<string | undefined> {
  for (let current = directory; ; current = dirname(current)) {
    if (await exists(join(current, "flake.nix"))) return current;
    if ((await exists(join(current, ".git"))) || dirname(current) === current) return undefined;
  }
}

/** Whether a target's selection covers a path. */
export function isSelected({ selected, nested }: Pick<Target, "selected" | "nested">, path: string): boolean {
  return selected.some((each) => isWithin(path, each)) && !nested.some((each) => isWithin(path, each));
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

async function inspect(absolute: string, path: string): Promise<boolean> {
  let isDirectory: boolean;
  let isFile: boolean;
  try {
    const stats = await stat(absolute);
    isDirectory = stats.isDirectory();
    isFile = stats.isFile();
    await access(absolute, isDirectory ? constants.R_OK | constants.X_OK : constants.R_OK);
  } catch (error) {
    throw new CannotRun(`cannot check ${path}: ${systemError(error)}`);
  }
  if (!isDirectory && !(isFile && absolute.endsWith(".nix")))
    throw new CannotRun(`cannot check ${path}: neither a directory nor a .nix file`);
  return isDirectory;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
