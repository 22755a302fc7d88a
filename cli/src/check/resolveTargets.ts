import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { CannotRun } from "../cannotRun.ts";
import { systemError } from "../systemError.ts";

/** A flake (or a directory of modules) and which of its files were asked for. Paths are absolute. */
export interface Target {
  readonly root: string;
  /** There is no flake: only the selected files are read, not what lies beside them. */
  readonly alone: boolean;
  /** Directories and files; `root` itself selects everything. */
  readonly selected: readonly string[];
  /** The files among them, which are checked even where the search for modules passes them over. */
  readonly files: readonly string[];
  /** Texts that stand in for files on disk. */
  readonly buffers: ReadonlyMap<string, string>;
}

/**
 * Finds the flakes that the paths of a command line belong to, each once. A directory with `flake.nix` is a flake; any other
 * path belongs to the flake around it; without one, a directory is read like a flake and a file alone.
 * Throws `CannotRun` for a path that does not exist, cannot be read or is not Nix.
 */
export async function resolveTargets(paths: readonly string[], directory: string): Promise<Target[]> {
  const targets = new Map<string, { root: string; alone: boolean; selected: string[]; files: string[] }>();
  for (const path of paths) {
    const absolute = resolve(directory, path);
    const isDirectory = await inspect(absolute, path);
    const flake = await flakeAround(isDirectory ? absolute : dirname(absolute));
    const alone = flake === undefined && !isDirectory;
    const root = flake ?? (isDirectory ? absolute : dirname(absolute));
    const key = JSON.stringify([root, alone]);
    const target = targets.get(key) ?? { root, alone, selected: [], files: [] };
    targets.set(key, target);
    target.selected.push(absolute);
    if (!isDirectory) target.files.push(absolute);
  }
  return [...targets.values()].map((target) => ({ ...target, buffers: new Map() }));
}

/** The target of one file whose text is given; it need not exist on disk. */
export async function bufferTarget(path: string, text: string): Promise<Target> {
  const flake = await flakeAround(dirname(path));
  return {
    root: flake ?? dirname(path),
    alone: flake === undefined,
    selected: [path],
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
export function isSelected({ selected }: Pick<Target, "selected">, path: string): boolean {
  return selected.some((each) => path === each || path.startsWith(each.endsWith(sep) ? each : each + sep));
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
