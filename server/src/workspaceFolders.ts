import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { contains, documentPath } from "./documentPath.ts";

/** A directory with everything below it; or, of documents outside of all workspace folders, the directory's own files alone. */
export interface Area {
  readonly root: string;
  readonly isLoose: boolean;
}

export function covers({ root, isLoose }: Area, path: string): boolean {
  return isLoose ? dirname(path) === root : contains(root, path);
}

/** The innermost of the areas, keyed by root, that covers a path. */
export function innermost<Item extends Area>(areas: ReadonlyMap<string, Item>, path: string): Item | undefined {
  for (let directory = path; ; directory = dirname(directory)) {
    const area = areas.get(directory);
    if (area && covers(area, path)) return area;
    if (directory === dirname(directory)) return undefined;
  }
}

/** Workspace folders that are read on their own, root to URI: not those that are a part of another one and no flake. */
export function separateFolders(uris: Iterable<string>): ReadonlyMap<string, string> {
  const all = new Map([...uris].map((uri) => [folderRoot(uri), uri]));
  const isPart = (root: string): boolean =>
    [...all.keys()].some((other) => other !== root && contains(other, root)) && !existsSync(join(root, "flake.nix"));
  return new Map([...all].filter(([root]) => !isPart(root)));
}

function folderRoot(uri: string): string {
  const path = documentPath(uri);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
