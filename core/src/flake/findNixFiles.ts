import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";

/** Directories that never hold modules of the flake. `result` is what `nix build` links. */
const skippedDirectories = /^(?:\.git|\.jj|\.hg|\.direnv|\.devenv|node_modules|result(?:-.*)?)$/;

interface IgnoreRules {
  readonly directory: string;
  readonly rules: Ignore;
}

/**
 * Absolute paths of the Nix files below a directory, as a flake in a git repository would see them: what `.gitignore` names is
 * left out, and so are symbolic links, which cannot be followed without meeting loops. Rejects with `signal.reason` when aborted;
 * directories that cannot be read are passed over.
 */
export async function findNixFiles(root: string, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  const visit = async (directory: string, inherited: readonly IgnoreRules[]): Promise<void> => {
    signal?.throwIfAborted();
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
    const rules = entries.some((entry) => entry.name === ".gitignore" && entry.isFile()) ? [...inherited, ...readRules(directory)] : inherited;
    for (const entry of entries) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) {
        if (!skippedDirectories.test(entry.name) && !isIgnored(`${path}${sep}`, rules)) await visit(path, rules);
      } else if (entry.isFile() && entry.name.endsWith(".nix") && !isIgnored(path, rules)) found.push(path);
    }
  };
  await visit(root, []);
  return found.sort();
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
  const rules: IgnoreRules[] = [];
  let directory = root;
  for (const name of names) {
    rules.push(...readRules(directory));
    directory = join(directory, name);
    if (isIgnored(directory === path ? path : `${directory}${sep}`, rules)) return false;
  }
  return true;
}
