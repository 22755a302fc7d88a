import type { Configuration, Truth } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Value } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import generated from "./data/etcGenerated.json" with { type: "json" };
import { type FlakeFile, flakeFiles } from "./flakeFiles.ts";
import { isBelow, isSameOrBelow, segmentsOf } from "./paths.ts";

/** Files that activation writes: by a module of NixOS, or because the flake says so. */
export interface GeneratedPath {
  readonly path: string;
  /** Whether they are written on the machines of a configuration. */
  readonly written: Truth;
  /** Names of the files, relative to `path`; empty when `path` is the file, or a link. */
  readonly files: readonly string[];
  /** What does not work while they are hidden. */
  readonly effect: string | undefined;
  /** What of them matters most. */
  readonly hides: string | undefined;
  /** What has to be set for them to be written, in words; undefined when that is nothing, or is set. */
  readonly condition: string | undefined;
  /** Where the flake says so: the name under `environment.etc`, or a secret's path; undefined for what modules of NixOS write. */
  readonly inFlake: { readonly option: string; readonly at: Place; readonly definition: Definition } | undefined;
}

/** A link that NixOS makes in place of a directory; nothing can be mounted on it or below it. */
export interface GeneratedLink {
  readonly path: string;
  readonly target: string;
  readonly written: Truth;
  readonly condition: string | undefined;
  readonly inFlake: GeneratedPath["inFlake"];
}

/** What to persist instead of a directory that holds generated files. */
export interface StateOf {
  readonly directories: readonly string[];
  readonly files: readonly string[];
  /** False when nothing in the directory is state, so that nothing is lost with it. */
  readonly holdsState: boolean;
}

interface TableEntry {
  readonly path: string;
  readonly always: boolean;
  readonly onByDefault?: readonly string[];
  readonly enabledBy?: readonly string[];
  readonly condition?: string;
}

interface DirectoryEntry extends TableEntry {
  readonly files: readonly string[];
  readonly alwaysFiles?: readonly string[];
  readonly alwaysEffect?: string;
  readonly wholeDirectory?: boolean;
  readonly link?: string;
  readonly effect?: string;
  readonly hides?: string;
  readonly instead?: readonly { readonly kind: string; readonly path: string }[];
  readonly holdsState?: boolean;
}

const directories: readonly DirectoryEntry[] = generated.directories;
const singleFiles: readonly TableEntry[] = generated.files;

/** What is generated at or below a directory, the directory's own entry first. */
export function generatedAtOrBelow(directory: string, configuration: Configuration): readonly GeneratedPath[] {
  if (directory !== "/" && !isInEtc(directory)) return [];
  const fromTable = directories
    .filter((entry) => startsWith(entry.path, directory))
    .map((entry) => describe(entry, configuration));
  const fromFlake = flakeFiles(configuration)
    .filter((file) => isSameOrBelow(file.path, directory))
    .map((file) => describeFlakeFile(file, configuration));
  return [...fromTable, ...fromFlake].filter(({ written }) => written !== "no");
}

/** The generated file at a path, or undefined. */
export function generatedFileAt(path: string, configuration: Configuration): GeneratedPath | undefined {
  if (!isInEtc(path)) return undefined;
  const own = flakeFiles(configuration).find((file) => file.path === path);
  if (own) return describeFlakeFile(own, configuration);
  const file = singleFiles.find((entry) => entry.path === path);
  if (file) return notOff({ ...nothingMore, path, written: isWritten(file, configuration), condition: file.condition });
  for (const entry of directories) {
    const name = isBelow(path, entry.path) ? path.slice(entry.path.length + 1) : undefined;
    if (name === undefined || !entry.files.includes(name)) continue;
    const always = entry.alwaysFiles?.includes(name) ?? entry.always;
    const written = isWritten({ ...entry, always }, configuration);
    return notOff({ ...nothingMore, path, written, condition: entry.condition });
  }
  return undefined;
}

/** The generated link that a path is or lies below, or undefined. */
export function generatedLinkAround(path: string, configuration: Configuration): GeneratedLink | undefined {
  if (!isInEtc(path)) return undefined;
  for (const entry of directories) {
    const target = entry.link ?? (entry.wholeDirectory ? "/nix/store" : undefined);
    if (target === undefined || !isSameOrBelow(path, entry.path)) continue;
    const written = isWritten(entry, configuration);
    if (written === "no") continue;
    return { path: entry.path, target, written, condition: entry.condition, inFlake: undefined };
  }
  const own = flakeFiles(configuration).find((file) => file.isStoreLink && isBelow(path, file.path));
  return own && { ...describeFlakeFile(own, configuration), target: "/nix/store" };
}

/** What of a directory is state; undefined for directories that are not known. */
export function stateOf(directory: string): StateOf | undefined {
  const entry = directories.find((candidate) => matches(candidate.path, directory));
  if (!entry) return undefined;
  // Names that stand for any name are filled in from the directory.
  const given = segmentsOf(directory);
  const fill = (path: string): string =>
    `/${segmentsOf(path)
      .map((segment, index) => (isPlaceholder(segment) ? (given[index] ?? segment) : segment))
      .join("/")}`;
  const wanted = (kind: string): string[] =>
    (entry.instead ?? []).filter((state) => state.kind === kind).map(({ path }) => fill(path));
  return { directories: wanted("directory"), files: wanted("file"), holdsState: entry.holdsState !== false };
}

const nothingMore = { files: [], effect: undefined, hides: undefined, condition: undefined, inFlake: undefined };

function notOff(path: GeneratedPath): GeneratedPath | undefined {
  return path.written === "no" ? undefined : path;
}

function describe(entry: DirectoryEntry, configuration: Configuration): GeneratedPath {
  const { path, files, effect, hides, condition, alwaysFiles, alwaysEffect } = entry;
  const written = isWritten(entry, configuration);
  if (alwaysFiles === undefined)
    return {
      path,
      written,
      files,
      effect,
      hides,
      condition: written === "yes" ? undefined : condition,
      inFlake: undefined,
    };
  // The files that an option brings count unless the option is certainly off.
  const state = enabled(entry, configuration);
  const isOff = state === "no" || (state === "maybe" && configuration.complete);
  if (isOff) return { ...nothingMore, path, written, files: alwaysFiles, effect: alwaysEffect };
  return {
    path,
    written,
    files,
    effect,
    hides,
    condition: state === "yes" ? undefined : condition,
    inFlake: undefined,
  };
}

function describeFlakeFile(file: FlakeFile, configuration: Configuration): GeneratedPath {
  const { path, option, at, definition } = file;
  const written = configuration.holds(definition.guards);
  return { ...nothingMore, path, written, inFlake: { option, at, definition } };
}

function isWritten(entry: TableEntry, configuration: Configuration): Truth {
  if (entry.onByDefault?.some((option) => optionState(option, configuration) === "no")) return "no";
  return entry.always ? "yes" : enabled(entry, configuration);
}

/** Whether one of the options that bring an entry's files is on; `no` only when all of them are off. */
function enabled(entry: TableEntry, configuration: Configuration): Truth {
  const states = (entry.enabledBy ?? []).map((option) => optionState(option, configuration));
  if (states.includes("yes")) return "yes";
  return states.length > 0 && states.every((state) => state === "no") ? "no" : "maybe";
}

/** Whether an option is on, or set to something: `maybe` when the flake does not say. */
function optionState(option: string, configuration: Configuration): Truth {
  const { state } = option.includes("*") ? { state: "maybe" } : configuration.flag(option);
  if (state === "yes" || state === "no") return state;
  const isSet = configuration
    .definitions(option)
    .filter((definition) => configuration.holds(definition.guards) === "yes")
    .some((definition) => configuration.values(definition.value).some(isSomething));
  return isSet ? "yes" : "maybe";
}

/** Whether a value of an option that is no switch brings files. */
function isSomething(value: Value): boolean {
  if (value.kind === "list") return value.items.length > 0;
  if (value.kind === "attrs") return value.entries.length > 0;
  return !["boolean", "null", "unknown", "reference"].includes(value.kind);
}

/** The only place where activation writes files that a mount could hide. */
function isInEtc(path: string): boolean {
  return isSameOrBelow(path, "/etc");
}

function isPlaceholder(segment: string): boolean {
  return segment.startsWith("<");
}

function matches(path: string, given: string): boolean {
  return segmentsOf(path).length === segmentsOf(given).length && startsWith(path, given);
}

/** Whether a path of the table is or lies below a directory; a name in angle brackets stands for any name. */
function startsWith(path: string, directory: string): boolean {
  const segments = segmentsOf(path);
  return segmentsOf(directory).every((name, index) => segments[index] === name || isPlaceholder(segments[index] ?? ""));
}
