import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { buildHostProblem } from "../../../core/src/bootstrap/buildHost.ts";
import { stockInitrdMiB } from "../../../core/src/bootstrap/memoryForecast.ts";
import type { BootstrapChoices } from "../../../core/src/bootstrap/plan.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import type { TargetFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { CannotRun } from "../cannotRun.ts";
import { type ParsedOptions, parseOptions } from "../parseOptions.ts";
import { readFacts } from "../readFacts.ts";
import { readHostReference } from "../readHostReference.ts";
import { bootstrapCommand } from "./bootstrapCommand.ts";
import type { RunMode } from "./runMode.ts";
import { checkTarget, hostKeyOption, portOption, wholeNumberOption } from "./targetOptions.ts";

/** What `bootstrap` was called for. */
export type BootstrapOptions =
  | {
      readonly action: "plan";
      readonly request: Omit<BootstrapRequest, "nixosAnywhere">;
      readonly format: "text" | "json";
      readonly facts: TargetFacts | undefined;
    }
  | { readonly action: "run"; readonly request: Omit<BootstrapRequest, "nixosAnywhere">; readonly mode: RunMode }
  | { readonly action: "resume"; readonly run: string; readonly mode: RunMode; readonly changes: ChoiceChanges };

/** Choices that are made anew when a run is taken up again. */
export type ChoiceChanges = Partial<Omit<BootstrapChoices, "initrdMiB">>;

/** Options that say something beside `--resume`. */
const withResume: readonly string[] = [
  ...["resume", "json", "detach"],
  ...["accept", "patch", "overlay", "swap-file", "disko-deps", "no-disko-deps", "build-host", "no-build-host"],
  "yes-wipe",
];

const whens = ["auto", "always", "never"] as const;

/** Reads the options of `bootstrap`; throws `CannotRun` for what does not make sense. */
export function readBootstrapOptions(argv: readonly string[], directory: string): BootstrapOptions {
  const options = parseOptions(argv, bootstrapCommand);
  const yesWipe = options.values("yes-wipe").map(device);
  const mode: RunMode = { json: options.has("json"), detach: options.has("detach"), yesWipe };
  const run = options.value("resume");
  if (run !== undefined) {
    const [extra] = options.positionals;
    if (extra !== undefined) throw new CannotRun(`--resume knows its flake and target; leave out "${extra}"`);
    const fixed = bootstrapCommand.options.find(({ name }) => options.has(name) && !withResume.includes(name));
    if (fixed) throw new CannotRun(`--${fixed.name} cannot be changed for a run that was begun: start a new one`);
    return { action: "resume", run, mode, changes: readChanges(options) };
  }
  for (const name of ["no-disko-deps", "no-build-host"])
    if (options.has(name)) throw new CannotRun(`--${name} goes with --resume`);
  const isPlan = options.has("plan");
  const format = options.value("format") ?? "text";
  if (format !== "text" && format !== "json") throw new CannotRun(`unknown format "${format}": use text, json`);
  const factsFile = options.value("facts");
  for (const name of ["format", "facts"])
    if (!isPlan && options.has(name)) throw new CannotRun(`--${name} goes with --plan`);
  if (isPlan && mode.detach) throw new CannotRun("--detach starts a run, and --plan starts none");
  if (isPlan && mode.json) throw new CannotRun("--json prints what happens in a run; with --plan use --format json");
  if (factsFile !== undefined && options.has("build-host"))
    throw new CannotRun("--build-host is a machine to connect to, and --facts plans without that");
  const request = readRequest(options, directory, factsFile !== undefined);
  if (!isPlan) return { action: "run", request, mode };
  return {
    action: "plan",
    request,
    format,
    facts: factsFile === undefined ? undefined : readFacts(factsFile, directory),
  };
}

function readRequest(
  options: ParsedOptions,
  directory: string,
  isOffline: boolean,
): Omit<BootstrapRequest, "nixosAnywhere"> {
  const [flake, target, extra] = options.positionals;
  const usage = `nixos-vps bootstrap ${bootstrapCommand.arguments}`;
  if (flake === undefined) throw new CannotRun(`bootstrap needs a flake with a host and a target (${usage})`);
  const reference = readHostReference(flake, directory);
  if (!reference) throw new CannotRun(`"${flake}" names no host: write FLAKE#HOST, such as .#vps`);
  if (target === undefined && !isOffline)
    throw new CannotRun(`bootstrap needs a target, such as root@203.0.113.5 (${usage})`);
  if (target !== undefined) checkTarget(target);
  if (extra !== undefined) throw new CannotRun(`bootstrap takes one target, not "${extra}" too`);
  return {
    version: 1,
    reference,
    target: target ?? "unknown",
    port: portOption(options, "port"),
    installerPort: portOption(options, "installer-port"),
    installedPort: portOption(options, "installed-port"),
    sshConfig: file(options, "ssh-config", directory),
    hostKey: hostKeyOption(options),
    accept: options.values("accept"),
    kexec: kexecArchive(options, directory),
    extraFiles: extraFiles(options, directory),
    diskKeys: options.values("disk-key").map((text) => diskKey(text, directory)),
    diskoDependencies: options.has("disko-deps"),
    patch: when(options, "patch"),
    overlay: when(options, "overlay"),
    swapFile: when(options, "swap-file"),
    buildHost: buildHost(options),
    initrdMiB: wholeNumberOption(options, "initrd-mib", 1, 100_000) ?? stockInitrdMiB,
  };
}

function readChanges(options: ParsedOptions): ChoiceChanges {
  return {
    ...(options.has("accept") ? { accept: options.values("accept") } : {}),
    ...(options.has("patch") ? { patch: when(options, "patch") } : {}),
    ...(options.has("overlay") ? { overlay: when(options, "overlay") } : {}),
    ...(options.has("swap-file") ? { swapFile: when(options, "swap-file") } : {}),
    ...(options.has("disko-deps") ? { diskoDependencies: true } : {}),
    ...(options.has("no-disko-deps") ? { diskoDependencies: false } : {}),
    ...(options.has("build-host") ? { buildHost: buildHost(options) } : {}),
    ...(options.has("no-build-host") ? { buildHost: null } : {}),
  };
}

function when(options: ParsedOptions, name: string): (typeof whens)[number] {
  const text = options.value(name) ?? "auto";
  const found = whens.find((each) => each === text);
  if (!found) throw new CannotRun(`--${name} is one of ${whens.join(", ")}, not "${text}"`);
  return found;
}

function buildHost(options: ParsedOptions): string | null {
  const text = options.value("build-host");
  if (text === undefined) return null;
  const problem = buildHostProblem(text);
  if (problem !== undefined) throw new CannotRun(`--build-host "${text}": ${problem}`);
  return text.trim();
}

function file(options: ParsedOptions, name: string, directory: string): string | undefined {
  const value = options.value(name);
  if (value === undefined) return undefined;
  const path = resolve(directory, value);
  if (!existsSync(path)) throw new CannotRun(`--${name} ${value}: no such file or directory`);
  return path;
}

function kexecArchive(options: ParsedOptions, directory: string): string | undefined {
  const value = options.value("kexec");
  return value !== undefined && /^https?:\/\//.test(value) ? value : file(options, "kexec", directory);
}

function extraFiles(options: ParsedOptions, directory: string): string | undefined {
  const path = file(options, "extra-files", directory);
  if (path !== undefined && !statSync(path).isDirectory())
    throw new CannotRun(`--extra-files ${options.value("extra-files")} is no directory`);
  return path;
}

function diskKey(text: string, directory: string): BootstrapRequest["diskKeys"][number] {
  const [, remote, local] = /^(\/[^=]+)=(.+)$/.exec(text) ?? [];
  if (remote === undefined || local === undefined)
    throw new CannotRun(`--disk-key needs PATH=FILE, such as /tmp/disk.key=./disk.key, not "${text}"`);
  const path = resolve(directory, local);
  if (!existsSync(path)) throw new CannotRun(`--disk-key ${text}: there is no ${local}`);
  return { remote, local: path };
}

function device(text: string): string {
  if (!text.startsWith("/dev/"))
    throw new CannotRun(`--yes-wipe needs the path of a disk, such as /dev/vda, not "${text}"`);
  return text;
}
