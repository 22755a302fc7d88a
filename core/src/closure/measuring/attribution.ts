import { isAbsolute, relative, sep } from "node:path";
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
    const file = fileOf(addition.file, files);
    const added = file.isOwn ? locate(addition, file.path, files) : { file: file.path, option: addition.option };
    const entry = { ...added, ...(addition.name === undefined || added.package ? {} : { package: addition.name }) };
    for (const path of addition.paths.flatMap((text) => storePathsIn(text, directory))) {
      if (!known.has(path)) continue;
      const list = file.isOwn ? own : foreign;
      const entries = list.get(path) ?? [];
      if (!entries.some((other) => isSame(other, entry))) list.set(path, [...entries, entry]);
    }
  }
  return paths.map((measured) => {
    const addedBy = own.get(measured.path) ?? foreign.get(measured.path)?.slice(0, mostForeign) ?? [];
    return { ...measured, addedBy };
  });
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

/** The file as this computer has it, relative to the flake's directory when it belongs to the flake. */
function fileOf(named: string, { source }: FlakeFiles): { path: string; isOwn: boolean } {
  // Frameworks add how a module came in: `/nix/store/…-source/a.nix, via option flake.nixosModules.a`.
  const file = named.replace(/, via option .*$/s, "");
  const top = `${source.storePath}/`;
  if (!file.startsWith(top)) return { path: file, isOwn: false };
  const inside = file.slice(top.length);
  return { path: relative(source.subdirectory, inside).split(sep).join("/"), isOwn: true };
}

/** Finds the line in a module that puts something there: the package by its name, else the option's definition. */
function locate(addition: Addition, file: string, { directory, written }: FlakeFiles): AddedBy {
  const nameless = { file, option: addition.option };
  if (directory === undefined) return nameless;
  const here = (candidate: WrittenAddition): boolean => {
    const path = relative(directory, candidate.file).split(sep).join("/");
    return path === file || path === `${file}/default.nix`;
  };
  const isOption = ({ option }: WrittenAddition): boolean =>
    option === addition.option || option.startsWith(`${addition.option}.`) || isBelow(addition.option, option);
  const names = [
    ...(addition.name === undefined ? [] : [addition.name]),
    ...addition.paths.map((path) => parseStorePath(path).name),
  ].map(plain);
  const named = written.filter(
    (candidate) => candidate.names.length > 0 && isOption(candidate) && names.some((name) => matches(candidate, name)),
  );
  const found =
    // A module that only forwards what another one lists is not where one would change it.
    named.find(here) ?? named[0] ?? written.find((candidate) => here(candidate) && isOption(candidate));
  if (!found) return nameless;
  const path = relative(directory, found.file).split(sep).join("/");
  return {
    file: path.startsWith("../") && isAbsolute(found.file) && !here(found) ? found.file : path,
    line: found.line,
    option: addition.option,
    ...(found.text === "" ? {} : { package: found.text }),
  };
}

/** Names that a module computes (`users.users.${name}.packages`) may be any. */
function isBelow(option: string, written: string): boolean {
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
