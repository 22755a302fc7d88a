import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { join, relative } from "node:path";

const keptMs = 7 * 24 * 60 * 60 * 1000;

/** Where images and machines are kept: `NIXOS_VPS_LAB_CACHE`, or a folder of the user's cache. */
export function cacheFolder(): string {
  const { NIXOS_VPS_LAB_CACHE: chosen, XDG_CACHE_HOME: cacheHome } = process.env;
  return chosen || join(cacheHome || join(homedir(), ".cache"), "nixos-vps-lab");
}

/**
 * A folder of the cache that `build` has filled, once for each `inputs`.
 *
 * It appears complete or not at all, also when two processes build it at once.
 *
 * @param name begins the folder's name
 * @param inputs everything that decides on the content
 */
export async function cachedFolder(
  name: string,
  inputs: readonly string[],
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16);
  const folder = join(cacheFolder(), `${name}-${hash}`);
  if (existsSync(folder)) {
    const now = new Date();
    await utimes(folder, now, now);
    return folder;
  }

  await removeUnused(name);
  await mkdir(cacheFolder(), { recursive: true });
  const draft = await mkdtemp(join(cacheFolder(), `.${name}-`));
  try {
    await build(draft);
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Older versions that nobody has asked for in a week, and drafts of builds that were killed. */
async function removeUnused(name: string): Promise<void> {
  const names = await readdir(cacheFolder()).catch(() => []);
  for (const each of names.filter((other) => other.startsWith(`${name}-`) || other.startsWith(`.${name}-`))) {
    const folder = join(cacheFolder(), each);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > keptMs) await rm(folder, { recursive: true, force: true });
  }
}

/** The content of files and of each file below folders, to be an input of what is made of them. */
export async function contentOf(...paths: readonly string[]): Promise<string[]> {
  const contents = paths.map(async (path) => {
    if ((await stat(path)).isFile()) return [await readFile(path, "utf8")];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Promise.all(files.sort().map(async (file) => `${relative(path, file)}\n${await readFile(file, "utf8")}`));
  });
  return (await Promise.all(contents)).flat();
}
