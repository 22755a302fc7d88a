import { relative, sep } from "node:path";
import type { Addition } from "../../nix/evalAdditions.ts";
import type { FlakeSource } from "../../nix/flakeSource.ts";
import type { WrittenAddition } from "../../project/writtenAdditions.ts";
import type { AddedBy, MeasuredPath } from "../measurement.ts";
import { parseStorePath } from "../storePathName.ts";

export interface FlakeFiles {
  /** Where the flake is on this computer; undefined when Nix fetched it. */
  readonly directory: string | undefined;
  readonly source: FlakeSource;
  /** What the modules say where; empty when they were not read. */
  readonly written: readonly WrittenAddition[];
}

/** Modules outside of the flake that are named for one path; those of nixpkgs may be many. */
const mostForeign = 3;

/** Says at each path which modules put it there: the flake's own when there are any, else those of nixpkgs and of other flakes. */
export function attributePaths(
  paths: readonly MeasuredPath[],
  additions: readonly Addition[],
  files: FlakeFiles,
): MeasuredPath[] {
  const known = new Set(paths.map(({ path }) => path));
  const directory = paths[0]?.path.replace(/[^/]*$/, "") ?? "/nix/store/";
  const own = new Map<string, AddedBy[]>();
  const foreign = new Map<string, AddedBy[]>();
  for (const addition of additions) {
    const added = addedBy(addition, files);
    if (!added) continue;
    const { isOwn, entry } = added;
    for (const path of addition.paths.flatMap((text) => storePathsIn(text, directory))) {
      if (!known.has(path)) continue;
      const list = isOwn ? own : foreign;
      const entries = list.get(path) ?? [];
      if (!entries.some((other) => isSame(other, entry))) list.set(path, [...entries, entry]);
    }
  }
  const inHomes = packagesOfHomes(files);
  return paths.map((measured) => {
    const { name, output } = parseStorePath(measured.path);
    const found =
      own.get(measured.path) ??
      foreign.get(measured.path)?.slice(0, mostForeign) ??
      (output === "" ? inHomes.get(plain(name)) : undefined);
    return { ...measured, addedBy: found ?? [] };
  });
}

/** The place that an addition is written at; undefined when Nix does not know the module, and nothing of that name is found. */
function addedBy(addition: Addition, files: FlakeFiles): { isOwn: boolean; entry: AddedBy } | undefined {
  const file = fileOf(addition.file, files);
  const named = addition.name === undefined ? {} : { package: addition.name };
  if (file === undefined) {
    const entry = locate(addition, undefined, files);
    return entry && { isOwn: true, entry: { ...named, ...entry } };
  }
  const nameless = { file: file.path, option: addition.option };
  const entry = (file.isOwn ? locate(addition, file.path, files) : undefined) ?? nameless;
  return { isOwn: file.isOwn, entry: { ...named, ...entry } };
}

/**
 * Packages of home-manager's users, by plain name. Their modules are functions to the system, which says nothing of what is in
 * them, so here the modules alone are believed.
 */
function packagesOfHomes({ directory, written }: FlakeFiles): ReadonlyMap<string, readonly AddedBy[]> {
  const found = new Map<string, AddedBy[]>();
  if (directory === undefined) return found;
  for (const { option, names, file, line, text } of written) {
    const name = plain(names.at(-1) ?? "");
    if (name === "" || !/^home-manager\.users\..*\.home\.packages$/.test(option)) continue;
    const entry = { file: pathInFlake(directory, file), line, option, package: text };
    found.set(name, [...(found.get(name) ?? []), entry]);
  }
  return found;
}

/** Store paths that stand in a text, or that it lies below. */
function storePathsIn(text: string, directory: string): string[] {
  const found: string[] = [];
  for (let start = text.indexOf(directory); start !== -1; start = text.indexOf(directory, start + 1)) {
    // What names may consist of (Nix manual, store path).
    const [name] = /^[0-9a-z]{32}-[A-Za-z0-9+._?=-]+/.exec(text.slice(start + directory.length)) ?? [];
    if (name !== undefined) found.push(directory + name);
  }
  return found;
}

/** The file as this computer has it, relative to the flake's directory when it belongs to the flake; undefined when it has none. */
function fileOf(named: string, { source }: FlakeFiles): { path: string; isOwn: boolean } | undefined {
  // Frameworks add how a module came in: `/nix/store/…-source/a.nix, via option flake.nixosModules.a`.
  const file = named.replace(/, via option .*$/s, "");
  // `<unknown-file>`, for a module that was given as a set or a function.
  if (!file.startsWith("/")) return undefined;
  const top = `${source.storePath}/`;
  if (!file.startsWith(top)) return { path: file, isOwn: false };
  return { path: posix(relative(source.subdirectory, file.slice(top.length))), isOwn: true };
}

/** Finds the line in a module that puts something there: the package by its name, else the option's definition in the file. */
function locate(addition: Addition, file: string | undefined, { directory, written }: FlakeFiles): AddedBy | undefined {
  if (directory === undefined) return undefined;
  const here = (candidate: WrittenAddition): boolean => {
    const path = pathInFlake(directory, candidate.file);
    return path === file || path === `${file}/default.nix`;
  };
  const isOption = ({ option }: WrittenAddition): boolean =>
    option === addition.option || option.startsWith(`${addition.option}.`) || isComputed(option, addition.option);
  const names = [addition.name ?? "", ...addition.paths.map((path) => parseStorePath(path).name)].map(plain);
  const named = written.filter(
    (candidate) => candidate.names.length > 0 && isOption(candidate) && names.some((name) => matches(candidate, name)),
  );
  const found =
    // A module that only forwards what another one lists is not where one would change it.
    named.find(here) ?? named[0] ?? written.find((candidate) => here(candidate) && isOption(candidate));
  return (
    found && {
      file: pathInFlake(directory, found.file),
      line: found.line,
      option: addition.option,
      ...(found.text === "" ? {} : { package: found.text }),
    }
  );
}

function pathInFlake(directory: string, file: string): string {
  return posix(relative(directory, file));
}

function posix(path: string): string {
  return path.split(sep).join("/");
}

/** Names that a module computes (`users.users.${name}.packages`) may be any. */
function isComputed(written: string, option: string): boolean {
  if (!written.includes("${")) return false;
  const parts = written.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^()|[\]\\{}$]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`).test(option);
}

/** `kdePackages.kate` is `kate`, `python3Packages.requests` is `python3.11-requests`, `wl-clipboard` is `wl_clipboard`. */
function matches({ names }: WrittenAddition, name: string): boolean {
  const last = plain(names.at(-1) ?? "");
  return last !== "" && (last === name || (names.length > 1 && name.endsWith(last)) || plain(names.join("")) === name);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function isSame(a: AddedBy, b: AddedBy): boolean {
  return a.file === b.file && a.line === b.line && a.option === b.option;
}
