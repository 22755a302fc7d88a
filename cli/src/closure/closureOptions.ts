import { parseBytes } from "../../../core/src/closure/byteSizes.ts";
import { CannotRun } from "../cannotRun.ts";
import type { CommandSpec } from "../command.ts";
import { type ParsedOptions, parseOptions } from "../parseOptions.ts";

export const formats = ["text", "json", "markdown"] as const;
export type ClosureFormat = (typeof formats)[number];

export interface ClosureOptions {
  /** `FLAKE#HOST` or a store path. */
  readonly subject: string;
  readonly format: ClosureFormat;
  readonly store: string | undefined;
  readonly build: boolean;
  readonly why: string | undefined;
  readonly without: readonly string[];
  readonly diff: string | undefined;
  readonly maxClosure: number | undefined;
  readonly diskBytes: number | undefined;
  readonly ramBytes: number | undefined;
  readonly facts: string | undefined;
  readonly save: string | undefined;
  /** Whether each thing that is done is a line on standard error. */
  readonly progress: boolean;
}

export const closureSpec: CommandSpec = {
  name: "closure",
  arguments: "[OPTION...] FLAKE#HOST | STORE-PATH",
  summary: "Weighs a system: what is heavy, why it is there, which module added it, whether it fits the machine.",
  options: [
    { name: "format", value: "FORMAT", help: "Output: text (default), json or markdown." },
    { name: "build", help: "Build the system when it is not in the store; without it, say what a build would take." },
    { name: "store", value: "URI", help: "Ask this store for the sizes, such as https://cache.example.org." },
    { name: "why", value: "PATH", help: "Show the shortest chain from the system to a path, by its name or package." },
    { name: "without", value: "PKG", multiple: true, help: "Show what would be left without these packages." },
    {
      name: "diff",
      value: "WHAT",
      help: "Compare with a git revision, another host, a saved FILE, or the one measured before (last).",
    },
    {
      name: "budget",
      value: "SIZE",
      help: "The most that the closure may take, in place of maxClosure in nixos-vps.json.",
    },
    { name: "disk", value: "SIZE", help: "Size of the machine's disk, to see whether the system fits." },
    { name: "ram", value: "SIZE", help: "Memory of the machine, to see whether it can be bootstrapped." },
    {
      name: "facts",
      value: "FILE",
      help: "Take memory, and the disk without --disk, from what nixos-vps inspect printed.",
    },
    { name: "save", value: "FILE", help: "Write the measurement to a file, for --diff." },
    { name: "progress", help: "Write a line to standard error for everything that is done." },
  ],
  notes: [
    "The system is evaluated, and built with --build only. Sizes of a path: its own; closure, with all it needs; retained, what vanishes with it. Retained sizes do not overlap.",
    "SIZE: 3 GB, 500 MB, 1.5 GiB, or bytes. PKG and PATH: a store path, a name or a package (clang), with * and ?; --without takes several, separated by commas or given again. With --why, --without or --diff the text answers that alone.",
    "Budgets stand in nixos-vps.json beside flake.nix. NIXOS_VPS_NIX names the nix that is used, NIXOS_VPS_NIX_MEMORY_MB the memory that evaluations may use (6000; 0: no limit).",
    "Exit code: 0 under budget and fitting, 1 over budget or too large for the disk, 2 when nothing could be measured. Memory that is too small for a bootstrap is said, and changes no exit code.",
  ],
  examples: [
    ["nixos-vps closure .#vps", "See what is heavy and who added it:"],
    ["nixos-vps closure .#vps --without 'clang*,zbar'", "Try what removing packages would free:"],
    ["nixos-vps closure .#vps --why qtbase", "See why a package is there:"],
    [
      "nixos-vps closure .#vps --build --budget '3 GB' --diff origin/main --format markdown",
      "In CI, comment on a change:",
    ],
    ["nixos-vps closure /run/current-system", "Weigh the system that runs:"],
  ],
};

export function parseClosureOptions(argv: readonly string[]): ClosureOptions {
  const options = parseOptions(argv, closureSpec);
  const [subject, extra] = options.positionals;
  if (subject === undefined) throw new CannotRun("closure needs FLAKE#HOST or a store path (nixos-vps closure --help)");
  if (extra !== undefined) throw new CannotRun(`closure weighs one system, not also "${extra}"`);
  const format = options.value("format") ?? "text";
  if (!isFormat(format)) throw new CannotRun(`unknown format "${format}": use ${formats.join(", ")}`);
  const facts = options.value("facts");
  const diskBytes = machineSize(options, "disk", "20 GB");
  const ramBytes = machineSize(options, "ram", "512 MB");
  if (facts !== undefined && ramBytes !== undefined)
    throw new CannotRun("--facts says what --ram says: give one of them");
  const without = options.values("without").flatMap((value) => value.split(",").filter((name) => name !== ""));
  if (options.has("without") && without.length === 0)
    throw new CannotRun("--without needs the name of a package (nixos-vps closure --help)");
  return {
    subject,
    format,
    store: options.value("store"),
    build: options.has("build"),
    why: options.value("why"),
    without,
    diff: options.value("diff"),
    maxClosure: size(options, "budget"),
    diskBytes,
    ramBytes,
    facts,
    save: options.value("save"),
    progress: options.has("progress"),
  };
}

function size(options: ParsedOptions, name: string): number | undefined {
  const text = options.value(name);
  if (text === undefined) return undefined;
  const bytes = parseBytes(text);
  if (bytes === undefined) throw new CannotRun(`--${name} needs a size such as 3 GB or 500MB, not "${text}"`);
  return bytes;
}

/** No machine that runs Linux has less; it is what a number without its unit comes to. */
const leastMachineBytes = 16 * 2 ** 20;

function machineSize(options: ParsedOptions, name: string, example: string): number | undefined {
  const bytes = size(options, name);
  if (bytes !== undefined && bytes < leastMachineBytes)
    throw new CannotRun(`--${name} ${options.value(name)} is ${bytes} bytes? Write the unit, such as ${example}`);
  return bytes;
}

function isFormat(format: string): format is ClosureFormat {
  return (formats as readonly string[]).includes(format);
}
