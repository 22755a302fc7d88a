import type { NixVersion } from "./nixVersion.ts";
import { NixFailed, type NixOptions, runNix } from "./runNix.ts";

/** A path of a closure as the store knows it. */
export interface PathInfo {
  /** Absolute. */
  readonly path: string;
  /** Bytes of the path alone, packed as NAR. */
  readonly narSize: number;
  /** Absolute paths; the path itself may be among them. */
  readonly references: readonly string[];
}

export interface PathInfoOptions extends NixOptions {
  /** A store other than this computer's, such as `https://cache.nixos.org`. */
  readonly store?: string | undefined;
}

/** 100,000 paths print 70 to 150 MB; a string of V8 has at most 536. */
const longestOutput = 500_000_000;

/**
 * The paths of a closure that is in a store. Never with `--closure-size`: Nix then walks the closure anew for every path, which
 * takes thirty times as long for 3,000. Throws `NixFailed`.
 */
export async function closurePathInfo(
  path: string,
  version: NixVersion,
  { store, ...options }: PathInfoOptions,
): Promise<PathInfo[]> {
  // From 2.33 on the format has to be named, and older versions do not know that.
  const hasFormats = version.implementation !== "lix" && (version.major > 2 || version.minor >= 33);
  const format = hasFormats ? ["--json-format", "2"] : [];
  const from = store === undefined ? [] : ["--store", store];
  const args = ["path-info", "--recursive", "--json", ...format, ...from, path];
  try {
    return parsePathInfo(await runNix(args, { ...options, keptCharacters: longestOutput }));
  } catch (error) {
    if (!(error instanceof NixFailed)) throw error;
    const [, missing] = /path '([^']*)' is not valid/.exec(error.output) ?? [];
    if (missing === undefined) throw error;
    const what = missing === path ? path : `${path} refers to ${missing}, which`;
    throw new NixFailed("failed", `${what} is not in ${store ?? "the store"}.`, error.output);
  }
}

/**
 * Reads `nix path-info --json` as all versions print it: a list of infos (until 2.18, and Lix), in which those of paths that are not
 * there have `valid: false`; a set of them by path (from 2.19 on), in which those are null; or that set by base name, with the
 * directory of the store beside it (format 2 and 3, from 2.33 on). Throws `NixFailed` when it is none of them.
 */
export function parsePathInfo(output: string): PathInfo[] {
  const value = parseJson(output);
  if (isRecord(value) && isRecord(value["info"])) {
    const directory = typeof value["storeDir"] === "string" ? value["storeDir"] : "/nix/store";
    return infos(Object.entries(value["info"]), `${directory}/`);
  }
  if (Array.isArray(value))
    return infos(value.map((info: unknown) => [isRecord(info) ? info["path"] : undefined, info]));
  if (isRecord(value)) return infos(Object.entries(value));
  throw new NixFailed("failed", "nix path-info --json printed neither a list nor a set of paths.");
}

function infos(entries: readonly (readonly [unknown, unknown])[], prefix = ""): PathInfo[] {
  return entries.flatMap(([path, info]): PathInfo[] => {
    if (typeof path !== "string" || !isRecord(info)) return [];
    const { narSize, references } = info;
    if (typeof narSize !== "number") return [];
    const paths = Array.isArray(references) ? references.filter((reference) => typeof reference === "string") : [];
    return [{ path: prefix + path, narSize, references: prefix === "" ? paths : paths.map((name) => prefix + name) }];
  });
}

function parseJson(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch (error) {
    throw new NixFailed(
      "failed",
      `nix path-info --json printed something that is no JSON: ${error instanceof Error ? error.message : String(error)}`,
      output.slice(0, 2000),
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
