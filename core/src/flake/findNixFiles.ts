import { type Dirent, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import ignore, { type Ignore } from "ignore";

/** Directories that never hold modules of the flake. `result` is what `nix build` links. */
const skippedDirectories = /^(?:\.git|\.jj|\.hg|\.direnv|\.devenv|node_modules|result(?:-.*)?)$/;

interface IgnoreRules {
  readonly directory: string;
  readonly rules: Ignore;
}

/** How many directories are read before other work gets a turn; 64 directories take about 5 ms. */
const directoriesPerTurn = 64;

/**
 * Absolute paths of the Nix files below a directory, as a flake in a git repository would see them: what `.gitignore` names is
 * left out, and so are symbolic links, which cannot be followed without meeting loops. Rejects with `signal.reason` when aborted;
 * directories that cannot be read are passed over.
 */
export async function findNixFiles(root: string, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  let directories = 0;
  for (const files of nixFilesByDirectory(root, rulesAbove(root))) {
    signal?.throwIfAborted();
    found.push(...files);
    if (++directories % directoriesPerTurn === 0) await nextTurn();
  }
  return found.sort();
}

/** The same, at once. */
export function findNixFilesSync(root: string): string[] {
  return [...nixFilesByDirectory(root, rulesAbove(root))].flat().sort();
}

function* nixFilesByDirectory(directory: string, inherited: readonly IgnoreRules[]): Generator<string[]> {
  const entries = readEntries(directory);
  const rules = entries.some((entry) => entry.name === ".gitignore" && entry.isFile())
    ? [...inherited, ...readRules(directory)]
    : inherited;
  const isWanted = (entry: Dirent, suffix = ""): boolean => !isIgnored(join(directory, entry.name) + suffix, rules);
  yield entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".nix") && isWanted(entry))
    .map((entry) => join(directory, entry.name));
  for (const entry of entries) {
    if (!entry.isDirectory() || skippedDirectories.test(entry.name) || !isWanted(entry, sep)) continue;
    yield* nixFilesByDirectory(join(directory, entry.name), rules);
  }
}

function readEntries(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** What the repository around a directory ignores in it; nothing when the directory is itself ignored, as a checkout beside others. */
function rulesAbove(root: string): readonly IgnoreRules[] {
  const rules: IgnoreRules[] = [];
  for (let directory = root; !existsSync(join(directory, ".git")); ) {
    const parent = dirname(directory);
    if (parent === directory) return [];
    directory = parent;
    rules.unshift(...readRules(directory));
  }
  return isIgnored(`${root}${sep}`, rules) ? [] : rules;
}

function readRules(directory: string): IgnoreRules[] {
  try {
    return [{ directory, rules: ignore().add(readFileSync(join(directory, ".gitignore"), "utf8")) }];
  } catch {
    return [];
  }
}

function isIgnored(path: string, rules: readonly IgnoreRules[]): boolean {
  return rules.some((entry) => {
    const inside = relative(entry.directory, path).split(sep).join("/");
    return entry.rules.ignores(path.endsWith(sep) ? `${inside}/` : inside);
  });
}

/** Whether a file that appeared on disk belongs to the project, by the same rules as `findNixFiles`. */
export function isProjectFile(root: string, path: string): boolean {
  if (!path.endsWith(".nix") || !path.startsWith(root + sep)) return false;
  const names = relative(root, path).split(sep);
  if (names.slice(0, -1).some((name) => skippedDirectories.test(name))) return false;
  const rules = [...rulesAbove(root)];
  let directory = root;
  for (const name of names) {
    rules.push(...readRules(directory));
    directory = join(directory, name);
    if (isIgnored(directory === path ? path : `${directory}${sep}`, rules)) return false;
  }
  return true;
}
