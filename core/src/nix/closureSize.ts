import { basename } from "node:path";
import type { NixVersion } from "./nixVersion.ts";
import { type NixOptions, runNix } from "./runNix.ts";

/** Bytes of each path of a closure, by the path's own name (`<hash>-<name>`). */
export type ClosureSizes = ReadonlyMap<string, number>;

/** Asks Nix for the sizes of a closure that is in the store. Throws `NixFailed`. */
export async function closureSizes(path: string, version: NixVersion, options: NixOptions): Promise<ClosureSizes> {
  // From 2.33 on the format has to be named, and older versions do not know that.
  const hasFormats = version.implementation !== "lix" && (version.major > 2 || version.minor >= 33);
  const format = hasFormats ? ["--json-format", "2"] : [];
  return parsePathInfo(await runNix(["path-info", "--recursive", "--json", ...format, path], options));
}

/** Reads `nix path-info --json`: a list of infos (until 2.18, and Lix), a set of them by path, or that set under `info` (format 2). */
export function parsePathInfo(output: string): ClosureSizes {
  const value: unknown = JSON.parse(output);
  const root = isRecord(value) && isRecord(value["info"]) ? value["info"] : value;
  const infos: [unknown, unknown][] = Array.isArray(root)
    ? root.map((info: unknown) => [isRecord(info) ? info["path"] : undefined, info])
    : isRecord(root)
      ? Object.entries(root)
      : [];
  return new Map(
    infos.flatMap(([path, info]): [string, number][] =>
      typeof path === "string" && isRecord(info) && typeof info["narSize"] === "number"
        ? [[basename(path), info["narSize"]]]
        : [],
    ),
  );
}

export function totalBytes(sizes: ClosureSizes): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
