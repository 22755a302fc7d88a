import { basename } from "node:path";
import type { NixVersion } from "./nixVersion.ts";
import { closurePathInfo } from "./pathInfo.ts";
import type { NixOptions } from "./runNix.ts";

/** Bytes of each path of a closure, by the path's own name (`<hash>-<name>`). */
export type ClosureSizes = ReadonlyMap<string, number>;

/** Asks Nix for the sizes of a closure that is in the store. Throws `NixFailed`. */
export async function closureSizes(path: string, version: NixVersion, options: NixOptions): Promise<ClosureSizes> {
  const infos = await closurePathInfo(path, version, options);
  return new Map(infos.map(({ path, narSize }) => [basename(path), narSize]));
}

export function totalBytes(sizes: ClosureSizes): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
