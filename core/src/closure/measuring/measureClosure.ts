import { buildToplevel } from "../../nix/buildSystem.ts";
import { type BuildEstimate, estimateBuild } from "../../nix/estimateBuild.ts";
import { evalAdditions } from "../../nix/evalAdditions.ts";
import type { HostReference } from "../../nix/flakeReference.ts";
import { type FlakeSource, flakeSource } from "../../nix/flakeSource.ts";
import type { NixVersion } from "../../nix/nixVersion.ts";
import { closurePathInfo } from "../../nix/pathInfo.ts";
import { NixFailed } from "../../nix/runNix.ts";
import type { WrittenAddition } from "../../project/writtenAdditions.ts";
import type { MeasuredPath, Measurement } from "../measurement.ts";
import { attributePaths } from "./attribution.ts";
import { measuredPaths } from "./measuredPaths.ts";

export interface MeasureOptions {
  readonly version: NixVersion;
  /** The store that is asked, such as a binary cache; this computer's when it is undefined. */
  readonly store?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Says what is being done. */
  readonly onProgress: (text: string) => void;
}

export interface MeasureHostOptions extends MeasureOptions {
  /** Whether a system that is not in the store is built. */
  readonly build: boolean;
  /** What the flake's modules say where, for the lines; called while Nix works. */
  readonly written: () => Promise<readonly WrittenAddition[]>;
  /** Called when what was added by which module could not be found out; the sizes hold without. */
  readonly onUnattributed: (error: NixFailed) => void;
}

/** A system is not in the store, and was not to be built. */
export class NotBuilt extends Error {
  override readonly name = "NotBuilt";
  readonly toplevel: string;
  readonly estimate: BuildEstimate;
  constructor(toplevel: string, estimate: BuildEstimate) {
    super(`${toplevel} is not in the store.`);
    this.toplevel = toplevel;
    this.estimate = estimate;
  }
}

const evaluationMs = 15 * 60_000;
const buildMs = 6 * 60 * 60_000;
const pathInfoMs = 5 * 60_000;

/** Measures a host's system. Throws `NotBuilt`, and `NixFailed`. */
export async function measureHost(reference: HostReference, options: MeasureHostOptions): Promise<Measurement> {
  const { store, signal, onProgress } = options;
  const evaluation = { timeoutMs: evaluationMs, signal };
  onProgress(`evaluating ${reference.host}`);
  const { toplevel, estimate } = await estimateBuild(reference, evaluation);
  if (estimate && store === undefined) {
    if (!options.build) throw new NotBuilt(toplevel, estimate);
    onProgress(`building ${reference.host}`);
    await buildToplevel(reference, {
      timeoutMs: buildMs,
      signal,
      onLine: (line, stream) => {
        if (stream === "stderr" && line.trim() !== "") onProgress(`building ${reference.host}: ${line.trim()}`);
      },
    });
  }
  const measured = await measurePaths(toplevel, options);
  onProgress(`asking which module of ${reference.host} adds what`);
  const { paths, revision } = await attributed(reference, measured, options);
  return {
    version: 1,
    flake: reference.directory ?? reference.flake,
    host: reference.host,
    measuredAt: new Date().toISOString(),
    ...(revision === undefined ? {} : { revision }),
    root: toplevel,
    paths,
  };
}

/** Measures what is in a store already. Throws `NixFailed`. */
export async function measureStorePath(path: string, options: MeasureOptions): Promise<Measurement> {
  const paths = await measurePaths(path, options);
  return { version: 1, flake: "", host: "", measuredAt: new Date().toISOString(), root: path, paths };
}

async function measurePaths(
  toplevel: string,
  { version, store, signal, onProgress }: MeasureOptions,
): Promise<MeasuredPath[]> {
  onProgress(`asking for the sizes of ${toplevel}`);
  return measuredPaths(await closurePathInfo(toplevel, version, { store, signal, timeoutMs: pathInfoMs }), toplevel);
}

/** Sizes are worth showing when the modules cannot be asked, as on a Nix that lacks the memory for a second evaluation. */
async function attributed(
  reference: HostReference,
  paths: readonly MeasuredPath[],
  { signal, written, onUnattributed }: MeasureHostOptions,
): Promise<{ paths: readonly MeasuredPath[]; revision: string | undefined }> {
  const options = { timeoutMs: evaluationMs, signal };
  let source: FlakeSource | undefined;
  try {
    source = await flakeSource(reference, options);
    const additions = await evalAdditions(reference, `${source.storePath}/`, options);
    const files = { directory: reference.directory, source, written: await written() };
    return { paths: attributePaths(paths, additions, files), revision: source.revision };
  } catch (error) {
    if (!(error instanceof NixFailed)) throw error;
    onUnattributed(error);
    return { paths, revision: source?.revision };
  }
}
