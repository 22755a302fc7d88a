import { parseBuildOutput } from "./buildSystem.ts";
import { type HostReference, hostAttribute } from "./flakeReference.ts";
import { NixFailed, type NixOptions, runNixForOutput } from "./runNix.ts";

/** What has to be done before a system is in the store. */
export interface BuildEstimate {
  /** Derivations to build. */
  readonly toBuild: number;
  /** Paths to fetch from binary caches, with their bytes packed for the way and unpacked. */
  readonly toFetch: number;
  readonly downloadBytes: number;
  readonly unpackedBytes: number;
}

export interface EvaluatedSystem {
  /** The store path that the system has, or will have. */
  readonly toplevel: string;
  /** Undefined when it is in the store. */
  readonly estimate: BuildEstimate | undefined;
}

/** Evaluates a host's system and asks what is missing of it; nothing is built. Throws `NixFailed`. */
export async function estimateBuild(reference: HostReference, options: NixOptions): Promise<EvaluatedSystem> {
  const attribute = hostAttribute(reference, "config.system.build.toplevel");
  const args = ["build", "--dry-run", "--json", "--no-link", "--no-write-lock-file", attribute];
  const { stdout, stderr } = await runNixForOutput(args, { ...options, evaluationOf: reference });
  const [toplevel] = parseBuildOutput(stdout);
  if (toplevel === undefined) throw new NixFailed("failed", `${attribute} has no output.`, stderr);
  return { toplevel, estimate: parseEstimate(stderr) };
}

const units: Readonly<Record<string, number>> = { bytes: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/**
 * Reads what `nix build --dry-run` prints (Nix, src/libmain/shared.cc, printMissing): `these 41 derivations will be built:`,
 * `these 930 paths will be fetched (612.30 MiB download, 2400.00 MiB unpacked):`. Undefined when nothing is missing.
 */
export function parseEstimate(output: string): BuildEstimate | undefined {
  const toBuild = countOf(/^(?:this|these (\d+)) derivations? will be built:/m.exec(output));
  const fetched =
    /^(?:this|these (\d+)) paths? will be fetched(?: \(([\d.]+) (\w+) download, ([\d.]+) (\w+) unpacked\))?:/m.exec(
      output,
    );
  const unknown = /^don't know how to build these paths/m.test(output);
  if (toBuild === 0 && !fetched && !unknown) return undefined;
  const [, , download, downloadUnit = "", unpacked, unpackedUnit = ""] = fetched ?? [];
  const bytes = (text: string | undefined, unit: string): number => Math.round(Number(text ?? 0) * (units[unit] ?? 1));
  return {
    toBuild,
    toFetch: countOf(fetched),
    downloadBytes: bytes(download, downloadUnit),
    unpackedBytes: bytes(unpacked, unpackedUnit),
  };
}

function countOf(match: RegExpExecArray | null): number {
  return match ? Number(match[1] ?? 1) : 0;
}
