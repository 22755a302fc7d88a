import { type Bounds, boundedCommand, commandNotFound } from "../process/boundedCommand.ts";
import type { OutputStream } from "../process/lineCollector.ts";
import { ProcessFailed, type ProcessResult, runProcess } from "../process/runProcess.ts";
import { failureReason } from "./failureReason.ts";
import type { HostReference } from "./flakeReference.ts";
import { memoryVariable, programVariable } from "./nixVariables.ts";
import { hasFlakes, type NixVersion, parseNixVersion } from "./nixVersion.ts";

export interface NixOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly onLine?: ((line: string, stream: OutputStream) => void) | undefined;
  readonly onStarted?: ((processGroup: number) => void) | undefined;
  /** How much of standard output is kept, from its end; some million characters when it is not said. */
  readonly keptCharacters?: number | undefined;
  /** The host that is evaluated, when nothing is built: only so much memory may be used, and it ends at once when we do. */
  readonly evaluationOf?: HostReference | undefined;
}

/** What ran and what it printed. */
export interface NixOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Nix is missing, too old, or said no; `output` is what it printed. */
export class NixFailed extends Error {
  override readonly name = "NixFailed";
  readonly reason: "missing" | "too-old" | "failed" | "timed-out" | "out-of-memory";
  readonly output: string;
  constructor(reason: NixFailed["reason"], message: string, output = "") {
    super(message);
    this.reason = reason;
    this.output = output;
  }
}

/** Whether it failed because a flake has no such attribute (Nix, src/libcmd/installable-flake.cc, getCursors). */
export function isMissingAttribute({ output }: NixFailed): boolean {
  return /does not provide attribute/.test(output);
}

/** A NixOS system with home-manager takes one to three GB to evaluate. */
const usualMemoryMB = 6000;

/** Runs a `nix` subcommand and gives its standard output. Throws `NixFailed`, or the signal's reason. */
export async function runNix(args: readonly string[], options: NixOptions): Promise<string> {
  return (await runNixForOutput(args, options)).stdout;
}

/** The same with what it printed on standard error. */
export async function runNixForOutput(args: readonly string[], options: NixOptions): Promise<NixOutput> {
  const { evaluationOf, ...rest } = options;
  const megabytes = evaluationOf ? memoryLimit() : undefined;
  const features = ["--extra-experimental-features", "nix-command flakes"];
  // A long evaluation does not look for signals; a build has children that it must end.
  const lastSignal = evaluationOf ? "KILL" : "TERM";
  const work = evaluationOf
    ? `evaluation of ${evaluationOf.host}`
    : `nix ${args.slice(0, args[0] === "store" ? 2 : 1).join(" ")}`;
  const result = await start([...features, ...args], rest, { memoryMiB: mebibytes(megabytes), lastSignal }, work);
  if (result.exitCode === 0) return result;
  if (megabytes !== undefined && isOutOfMemory(result))
    throw new NixFailed(
      "out-of-memory",
      `${work} needs more than the ${megabytes} MB of memory it may use: set ${memoryVariable} (nixosVps.nix.maxMemoryMB) higher.`,
      result.stderr,
    );
  const { message, place } = failureReason(result.stderr, evaluationOf?.directory);
  const where = place === undefined ? "" : ` at ${place}`;
  throw new NixFailed("failed", `${work} failed${where}: ${message}`, result.stderr);
}

/** Asks Nix for its version. Throws `NixFailed` when there is none, or one without flakes. */
export async function nixVersion(signal?: AbortSignal): Promise<NixVersion> {
  const { stdout } = await start(
    ["--version"],
    { timeoutMs: 20_000, signal },
    { memoryMiB: undefined, lastSignal: "TERM" },
  );
  const version = parseNixVersion(stdout);
  if (!version)
    throw new NixFailed(
      "failed",
      `${nixProgram()} --version prints "${stdout.trim().split("\n")[0]?.slice(0, 200)}", which is no version of Nix that is known; ${programVariable} (nixosVps.nix.path) says which program is used.`,
    );
  if (!hasFlakes(version))
    throw new NixFailed(
      "too-old",
      `${version.text} is too old: flakes need Nix 2.4 or newer, or Lix. ${programVariable} (nixosVps.nix.path) can name another one.`,
    );
  return version;
}

function nixProgram(): string {
  return process.env[programVariable] || "nix";
}

/** MB that an evaluation may use; undefined when it is not limited. */
function memoryLimit(): number | undefined {
  const text = process.env[memoryVariable];
  if (text === undefined || text === "") return usualMemoryMB;
  if (!/^\d+$/.test(text))
    throw new NixFailed("failed", `${memoryVariable} is no number of MB: "${text}". 0 stands for no limit.`);
  return Number(text) === 0 ? undefined : Number(text);
}

function mebibytes(megabytes: number | undefined): number | undefined {
  return megabytes === undefined ? undefined : (megabytes * 1e6) / 2 ** 20;
}

async function start(
  args: readonly string[],
  options: Omit<NixOptions, "evaluationOf">,
  bounds: Bounds,
  work = "nix",
): Promise<ProcessResult> {
  const program = nixProgram();
  try {
    const result = await runProcess(boundedCommand([program, ...args], bounds), options);
    if (result.exitCode !== commandNotFound) return result;
  } catch (error) {
    if (!(error instanceof ProcessFailed)) throw error;
    if (error.reason === "timed-out")
      throw new NixFailed("timed-out", `${work} did not end within ${Math.round(options.timeoutMs / 1000)} s.`);
  }
  throw new NixFailed("missing", missing(program));
}

function missing(program: string): string {
  return program === "nix"
    ? `Nix is not installed, or not on PATH: it is what builds the system. https://nixos.org/download installs it; where it is elsewhere, ${programVariable} (nixosVps.nix.path) says so.`
    : `${program} cannot be run as Nix: ${programVariable} (nixosVps.nix.path) names it.`;
}

/** Nix says so itself, the garbage collector aborts, or the C++ library throws. */
function isOutOfMemory({ stderr }: ProcessResult): boolean {
  return /out of memory|std::bad_alloc|cannot allocate memory/i.test(stderr);
}
