import type { HostReference } from "./flakeReference.ts";
import { NixFailed, type NixOptions, runNix } from "./runNix.ts";

/** Where Nix has put a flake, and what it is. */
export interface FlakeSource {
  /** The copy in the store: what modules call themselves begins with it. */
  readonly storePath: string;
  /** Where `flake.nix` lies in it; empty for the top. */
  readonly subdirectory: string;
  /** The commit; undefined when there is none, or files differ from it. */
  readonly revision: string | undefined;
}

/** Asks where a flake's files are while it is evaluated. Throws `NixFailed`. */
export async function flakeSource({ flake }: Pick<HostReference, "flake">, options: NixOptions): Promise<FlakeSource> {
  const output = await runNix(["flake", "metadata", "--json", "--no-write-lock-file", flake], options);
  return parseFlakeMetadata(output);
}

export function parseFlakeMetadata(output: string): FlakeSource {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    value = undefined;
  }
  const path = field(value, "path");
  if (typeof path !== "string") throw new NixFailed("failed", "nix flake metadata did not say where the flake is.");
  const subdirectory = field(field(value, "resolved"), "dir");
  const revision = field(value, "revision");
  return {
    storePath: path,
    subdirectory: typeof subdirectory === "string" ? subdirectory : "",
    revision: typeof revision === "string" ? revision : undefined,
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
