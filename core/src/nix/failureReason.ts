import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { messageOfRecord } from "./structuredLog.ts";

/** Why `nix` failed, by what it printed on standard error. */
export interface FailureReason {
  /** Its error, without the trace before it and without the excerpts of code. */
  readonly message: string;
  /** Such as `modules/web.nix:3:2`; undefined when it names no place in an expression. */
  readonly place: string | undefined;
}

const longestMessage = 2000;

/** Files of a flake at this directory are named as they are there: Nix evaluates a copy of them in the store. */
export function failureReason(stderr: string, directory?: string): FailureReason {
  const lines = stderr
    .split("\n")
    .flatMap((line) => (line.startsWith("@nix ") ? (messageOfRecord(line)?.split("\n") ?? []) : [line.trimEnd()]))
    .filter((line) => line.trim() !== "" && !line.startsWith("warning:"));
  const error = placeOfError(lines);
  const said = (error === -1 ? lines.slice(-3) : errorAt(lines, error))
    .filter((line) => !isPlace(line) && !isExcerpt(line))
    // Nix indents what follows the first line as far as `error: ` is long.
    .map((line) => line.replace(/^ {7}/, ""))
    .join("\n")
    .replace(/^\s*error:\s*/, "");
  const message =
    unknownToGit(said, directory) ?? asInFlake(withBuildLog(said, lines).slice(0, longestMessage), directory);
  return {
    message: message || "it printed nothing",
    place: placeOf(lines, error, directory),
  };
}

/** Where the error is that says what is wrong: the last one, as a trace stands before it, but none that only says that what is needed was not built. -1 when there is none. */
function placeOfError(lines: readonly string[]): number {
  const errors = [...lines.keys()].filter((index) => /^\s*error:/.test(lines[index] ?? ""));
  const isFollowUp = (index: number): boolean =>
    /^error: \d+ dependenc(?:y|ies) of |\n\s*Reason: \d+ dependenc(?:y|ies) failed/.test(
      errorAt(lines, index).join("\n"),
    );
  return errors.findLast((index) => !isFollowUp(index)) ?? errors.at(-1) ?? -1;
}

/** The lines of an error, which are indented from the second one on. */
function errorAt(lines: readonly string[], start: number): readonly string[] {
  const length = lines.slice(start + 1).findIndex((line) => !/^\s/.test(line));
  return lines.slice(start, length === -1 ? undefined : start + 1 + length);
}

/** `at /nix/store/…-source/flake.nix:1:73:` */
const placePattern = /^\s*at (\S.*:\d+:\d+):$/;

function isPlace(line: string): boolean {
  return placePattern.test(line);
}

/** `   12|   foo = bar;`, and the line below it with the `^`. */
function isExcerpt(line: string): boolean {
  return /^\s+(?:\d+\||\|\s*\^)/.test(line);
}

/** The innermost place in the flake's own files, also when the trace alone has one: who reads this can change those. Else where the error is. */
function placeOf(lines: readonly string[], error: number, directory: string | undefined): string | undefined {
  const places = lines.flatMap((line, index) => {
    const [, named] = placePattern.exec(line) ?? [];
    if (named === undefined) return [];
    const place = asInFlake(named, directory);
    return [{ place, isOwn: place !== named, isOfError: error !== -1 && index > error }];
  });
  return (places.findLast(({ isOwn }) => isOwn) ?? places.find(({ isOfError }) => isOfError))?.place;
}

/** Replaces copies of the flake's files in a text by their paths in the flake. */
function asInFlake(text: string, directory: string | undefined): string {
  if (directory === undefined) return text;
  return text.replace(
    /\/[^\s'"`‘“«:]*\/[0-9a-z]{32}-[A-Za-z0-9+._?=-]+\/([^\s'"`’”»:]+)/g,
    (copy: string, path: string) => originalOf(copy, path, directory) ?? copy,
  );
}

/** Of a flake in a git repository only the files that git knows are copied; newer versions say so themselves. */
function unknownToGit(said: string, directory: string | undefined): string | undefined {
  const [, path] = /\/[0-9a-z]{32}-source\/([^'"\n]+)'(?:: No such file or directory| does not exist)/.exec(said) ?? [];
  if (path === undefined || directory === undefined) return undefined;
  for (let top = directory; ; top = dirname(top)) {
    const file = join(top, path);
    if (existsSync(join(top, ".git")))
      return existsSync(file)
        ? `${relative(directory, file)} is not known to git, and a flake sees only what git knows: git add it`
        : undefined;
    if (top === dirname(top)) return undefined;
  }
}

/** The file that a copy was made of. The copy is of the directory, or of the repository that the directory is in. */
function originalOf(copy: string, path: string, directory: string): string | undefined {
  const content = readText(copy);
  if (content === undefined) return undefined;
  for (let top = directory; ; top = dirname(top)) {
    if (readText(join(top, path)) === content) return relative(directory, join(top, path));
    if (top === dirname(top)) return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Why a builder failed stands in its log, whose lines begin with the name of what is built (`--print-build-logs`). */
function withBuildLog(said: string, lines: readonly string[]): string {
  // As newer versions say it, with the output paths below.
  const failed = said.replace(/^Cannot build ('[^']*')\.\nReason: builder ([^\n]*).*$/s, "builder for $1 $2");
  const [, name] = /^builder for '[^']*\/[0-9a-z]{32}-([^/']+)\.drv' failed[^\n]*$/.exec(failed) ?? [];
  if (name === undefined) return said;
  const log = lines.filter((line) => line.startsWith(`${name}> `)).map((line) => line.slice(name.length + 2));
  const end = log.slice(-3).join(" / ");
  return end === "" ? failed : `${failed.replace(/[.;,]$/, "")}; its log ends with: ${end}`;
}
