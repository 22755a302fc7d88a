import { statSync } from "node:fs";
import { type HostReference, hostAttribute } from "./flakeReference.ts";
import type { RemoteStore } from "./remoteStore.ts";
import { NixFailed, type NixOptions, runNix } from "./runNix.ts";

/** Store paths of what is installed, on this computer. */
export interface BuiltSystem {
  readonly toplevel: string;
  readonly diskoScript: string;
}

export interface BuildOptions extends NixOptions {
  /** The disko script without its tools, which the installer has; the one with them takes hundreds of MiB of its memory. */
  readonly diskoDependencies: boolean;
  /** The store of the machine that builds; this computer, and the builders that its Nix is set up with, when it is left out. */
  readonly buildHost?: RemoteStore | undefined;
}

/**
 * Builds a host's system and disko script, and copies them here when another machine builds. Every Nix since 2.4 has `--json`
 * for this; `--print-out-paths` is younger. Throws `NixFailed`.
 */
export async function buildSystem(reference: HostReference, options: BuildOptions): Promise<BuiltSystem> {
  const { diskoDependencies, buildHost, ...rest } = options;
  const script = diskoDependencies ? "diskoScript" : "diskoScriptNoDeps";
  const installables = ["toplevel", script].map((name) => hostAttribute(reference, `config.system.build.${name}`));
  // The flake is evaluated here in any case: what is to be built goes there, and what it is made from.
  const where = buildHost === undefined ? [] : ["--store", buildHost.url, "--eval-store", "auto"];
  const output = await runNix(["build", "--json", "--no-link", "--print-build-logs", ...where, ...installables], {
    ...rest,
    env: buildHost?.env,
  });
  const paths = parseBuildOutput(output);
  if (buildHost !== undefined) await copyFrom(buildHost, paths, rest);
  // The results come in an order of their own in some versions; the script is a file and the system is a directory.
  const diskoScript = paths.find((path) => statSync(path).isFile());
  const toplevel = paths.find((path) => statSync(path).isDirectory());
  if (diskoScript === undefined || toplevel === undefined)
    throw new NixFailed(
      "failed",
      `${hostAttribute(reference, "config.system.build")} has no ${script}, or it is no file.`,
    );
  return { toplevel, diskoScript };
}

/**
 * Copies closures here. What was built there is unsigned, and Nix takes that from trusted users alone. The log is structured and
 * verbose: it counts bytes only then.
 */
async function copyFrom({ url, env }: RemoteStore, paths: readonly string[], options: NixOptions): Promise<void> {
  const log = ["--log-format", "internal-json", "-v"];
  await runNix(["copy", ...log, "--no-check-sigs", "--from", url, ...paths], { ...options, env });
}

/** Builds a host's system alone, to be looked at: the flake's lock file is left as it is. Throws `NixFailed`. */
export async function buildToplevel(reference: HostReference, options: NixOptions): Promise<void> {
  const attribute = hostAttribute(reference, "config.system.build.toplevel");
  await runNix(["build", "--no-link", "--no-write-lock-file", "--print-build-logs", attribute], options);
}

/** Reads `nix build --json`: a list of `{ drvPath, outputs: { out: path } }`, where newer versions may say `{ path }` for a path. */
export function parseBuildOutput(output: string): string[] {
  const results: unknown = JSON.parse(output);
  if (!Array.isArray(results)) throw new NixFailed("failed", "nix build --json printed no list.");
  return results.flatMap((result: unknown) => {
    const outputs = field(result, "outputs");
    const out = field(outputs, "out");
    const path = typeof out === "string" ? out : field(out, "path");
    return typeof path === "string" ? [path] : [];
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
