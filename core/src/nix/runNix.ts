import type { OutputStream } from "../process/lineCollector.ts";
import { ProcessFailed, runProcess } from "../process/runProcess.ts";
import { hasFlakes, type NixVersion, parseNixVersion } from "./nixVersion.ts";
import { messageOfRecord } from "./structuredLog.ts";

export interface NixOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly onLine?: ((line: string, stream: OutputStream) => void) | undefined;
  readonly onStarted?: ((processGroup: number) => void) | undefined;
}

/** Nix is missing, too old, or said no; `output` is what it printed. */
export class NixFailed extends Error {
  override readonly name = "NixFailed";
  readonly reason: "missing" | "too-old" | "failed" | "timed-out";
  readonly output: string;
  constructor(reason: NixFailed["reason"], message: string, output = "") {
    super(message);
    this.reason = reason;
    this.output = output;
  }
}

const missing =
  "Nix is not installed, or not on PATH: it is what builds the system. https://nixos.org/download installs it.";

/** Runs a `nix` subcommand and gives its standard output. Throws `NixFailed`, or the signal's reason. */
export async function runNix(args: readonly string[], options: NixOptions): Promise<string> {
  const { onLine, ...rest } = options;
  const result = await start(["nix", "--extra-experimental-features", "nix-command flakes", ...args], {
    ...rest,
    ...(onLine ? { onLine } : {}),
  });
  if (result.exitCode === 0) return result.stdout;
  const command = `nix ${args.slice(0, args[0] === "store" ? 2 : 1).join(" ")}`;
  throw new NixFailed("failed", `${command} failed: ${reasonOf(result.stderr)}`, result.stderr);
}

/** Asks Nix for its version. Throws `NixFailed` when there is none, or one without flakes. */
export async function nixVersion(signal?: AbortSignal): Promise<NixVersion> {
  const { stdout } = await start(["nix", "--version"], { timeoutMs: 20_000, signal });
  const version = parseNixVersion(stdout);
  if (!version)
    throw new NixFailed("failed", `nix --version prints "${stdout.trim()}", which is no version that is known.`);
  if (!hasFlakes(version))
    throw new NixFailed("too-old", `${version.text} is too old: flakes need Nix 2.4 or newer, or Lix.`);
  return version;
}

async function start(argv: readonly [string, ...string[]], options: NixOptions): ReturnType<typeof runProcess> {
  try {
    return await runProcess(argv, options);
  } catch (error) {
    if (!(error instanceof ProcessFailed)) throw error;
    throw error.reason === "timed-out" ? new NixFailed("timed-out", error.message) : new NixFailed("missing", missing);
  }
}

/** The last `error:` and what follows it, which is where Nix says what is wrong; a trace stands before it. */
function reasonOf(stderr: string): string {
  const lines = stderr
    .split("\n")
    .flatMap((line) => (line.startsWith("@nix ") ? (messageOfRecord(line)?.split("\n") ?? []) : [line.trimEnd()]))
    .filter((line) => line.trim() !== "" && !line.startsWith("warning:"));
  const last = lines.findLastIndex((line) => /^\s*error:/.test(line));
  const said = lines
    .slice(last === -1 ? -3 : last)
    .join("\n")
    .replace(/^\s*error:\s*/, "");
  return said.slice(0, 2000) || "it printed nothing";
}
