import { basename, dirname, relative, sep } from "node:path";
import type { HostSeed } from "./findHosts.ts";
import type { ImportContext } from "./resolveImport.ts";

/** Directories in which frameworks and habit keep one directory or file a host: blueprint, snowfall-lib, clan, digga, colmena. */
const hostDirectories = /^(?:hosts|machines|systems|nodes)$/;

/** What lies beside hosts without being one. */
const sharedNames =
  /^(?:_.*|common|shared|global|default|modules|profiles|templates|backup|base|core|darwin|home|users|secrets|installer|iso)$/;

const entryFiles = ["configuration.nix", "default.nix"];

/**
 * Hosts by where their files lie (`hosts/web/configuration.nix`, `systems/x86_64-linux/web/default.nix`, `hosts/web.nix`), for
 * flakes that leave finding them to a framework. Their modules lists are not known, so they are never complete.
 */
export function guessHosts(root: string, paths: readonly string[], context: ImportContext): HostSeed[] {
  const entries = new Map<string, string>();
  for (const path of paths) {
    const names = relative(root, path).split(sep);
    const index = names.findIndex((name) => hostDirectories.test(name));
    if (index < 0 || index > 2) continue;
    const below = names.slice(index + 1);
    const inside = /^(?:x86_64|aarch64)-linux$/.test(below[0] ?? "") ? below.slice(1) : below;
    const name = hostName(inside, path);
    if (!name || sharedNames.test(name)) continue;
    const known = entries.get(name);
    if (!known || entryRank(path) < entryRank(known)) entries.set(name, path);
  }
  return [...entries].flatMap(([name, path]): HostSeed[] => {
    const module = context.fileModule(path);
    if (!module?.isModule) return [];
    return [
      { name, at: { file: path, start: 0, end: 0 }, target: { modules: [module], external: [], complete: false } },
    ];
  });
}

function hostName(inside: readonly string[], path: string): string | undefined {
  if (inside.length === 1) return basename(path, ".nix");
  return inside.length === 2 && entryFiles.includes(basename(path)) ? basename(dirname(path)) : undefined;
}

function entryRank(path: string): number {
  const rank = entryFiles.indexOf(basename(path));
  return rank < 0 ? entryFiles.length : rank;
}
