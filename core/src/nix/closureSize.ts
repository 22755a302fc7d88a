import type { NixVersion } from "./nixVersion.ts";
import { type NixOptions, runNix } from "./runNix.ts";

/** What a store path and all it needs take, and how many paths that is. */
export interface ClosureSize {
  readonly bytes: number;
  readonly paths: number;
}

/** Asks Nix for the sizes of a closure that is in the store. Throws `NixFailed`. */
export async function closureSize(path: string, version: NixVersion, options: NixOptions): Promise<ClosureSize> {
  // From 2.33 on the format has to be named, and older versions do not know that.
  const hasFormats = version.implementation !== "lix" && (version.major > 2 || version.minor >= 33);
  const format = hasFormats ? ["--json-format", "2"] : [];
  return parsePathInfo(await runNix(["path-info", "--recursive", "--json", ...format, path], options));
}

/** Reads `nix path-info --json`: a list of infos (until 2.18, and Lix), a set of them by path, or that set under `info` (format 2). */
export function parsePathInfo(output: string): ClosureSize {
  const value: unknown = JSON.parse(output);
  const root = isRecord(value) && isRecord(value["info"]) ? value["info"] : value;
  const infos = Array.isArray(root) ? root : isRecord(root) ? Object.values(root) : [];
  const sizes = infos.flatMap((info) =>
    isRecord(info) && typeof info["narSize"] === "number" ? [info["narSize"]] : [],
  );
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), paths: sizes.length };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
