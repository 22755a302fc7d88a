import { readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** What git keeps track of in a work tree; a flake in a git repository consists of these files alone. */
export interface GitIndex {
  /** False for a file that git does not know of; undefined when it is in another repository or cannot be told. */
  isTracked(path: string): boolean | undefined;
}

interface IndexEntries {
  readonly files: ReadonlySet<string>;
  /** Submodules, and directories that a sparse checkout leaves out: what is in them is not listed. */
  readonly opaqueDirectories: readonly string[];
}

/** Reads the index of the git repository that a directory is in, anew whenever it has changed. */
export function createGitIndex(root: string): GitIndex {
  let known: { readonly stamp: string; readonly entries: IndexEntries | undefined } | undefined;
  let repository: ReturnType<typeof findRepository>;
  const current = (file: string): IndexEntries | undefined => {
    const stamp = stampOf(file);
    if (stamp === undefined) return undefined;
    if (known?.stamp !== stamp) known = { stamp, entries: parseGitIndex(readFileSync(file)) };
    return known.entries;
  };
  return {
    isTracked(path) {
      repository ??= findRepository(root);
      const entries = repository && current(repository.indexFile);
      if (!repository || !entries) return undefined;
      const inside = relative(repository.workTree, path).split(sep).join("/");
      if (inside.startsWith("../")) return undefined;
      if (entries.opaqueDirectories.some((directory) => inside === directory || inside.startsWith(`${directory}/`)))
        return undefined;
      return entries.files.has(inside);
    },
  };
}

function findRepository(root: string): { readonly workTree: string; readonly indexFile: string } | undefined {
  for (let directory = root; ; directory = dirname(directory)) {
    const git = join(directory, ".git");
    const link = linkIn(git);
    if (link !== undefined) return { workTree: directory, indexFile: join(resolve(directory, link), "index") };
    if (stampOf(join(git, "index")) !== undefined) return { workTree: directory, indexFile: join(git, "index") };
    if (dirname(directory) === directory) return undefined;
  }
}

/** A linked work tree and a submodule have a file `.git` with `gitdir: <path>` (man gitrepository-layout). */
function linkIn(path: string): string | undefined {
  try {
    return /^gitdir: (.+)$/m.exec(readFileSync(path, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

function stampOf(path: string): string | undefined {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}

const headerSize = 12;
const fixedEntrySize = 62;
const modeOffset = 24;
const extendedFlag = 0x4000;
const nameLengthMask = 0xfff;
const gitLink = 0o160000;
const directoryMode = 0o040000;

/**
 * The paths of an index file, versions 2 to 4 with SHA-1 (git Documentation/gitformat-index.adoc); undefined when it is none of
 * these.
 */
export function parseGitIndex(bytes: Buffer): IndexEntries | undefined {
  if (bytes.length < headerSize || bytes.toString("latin1", 0, 4) !== "DIRC") return undefined;
  const version = bytes.readUInt32BE(4);
  if (version < 2 || version > 4) return undefined;
  const files = new Set<string>();
  const opaqueDirectories: string[] = [];
  let offset = headerSize;
  let name = Buffer.alloc(0);
  for (let left = bytes.readUInt32BE(8); left > 0; left--) {
    if (offset + fixedEntrySize > bytes.length) return undefined;
    const start = offset;
    const mode = bytes.readUInt32BE(start + modeOffset);
    const flags = bytes.readUInt16BE(start + fixedEntrySize - 2);
    offset += fixedEntrySize + (flags & extendedFlag ? 2 : 0);
    let kept = 0;
    if (version === 4) {
      const stripped = readOffset(bytes, offset);
      kept = name.length - stripped.value;
      offset = stripped.end;
    }
    const end = bytes.indexOf(0, offset);
    if (end === -1 || kept < 0) return undefined;
    name = Buffer.concat([name.subarray(0, kept), bytes.subarray(offset, end)]);
    // With another hash the entries are longer and their names do not fit their lengths.
    if (name.length !== (flags & nameLengthMask) && name.length < nameLengthMask) return undefined;
    offset = version === 4 ? end + 1 : start + Math.ceil((end + 1 - start) / 8) * 8;
    const path = name.toString("utf8");
    if (mode === gitLink || mode === directoryMode) opaqueDirectories.push(path.replace(/\/$/, ""));
    else files.add(path);
  }
  return { files, opaqueDirectories };
}

/** A number of variable width, as in pack files: seven bits a byte, one added for each further byte. */
function readOffset(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let end = start;
  let byte = bytes[end++] ?? 0;
  let value = byte & 0x7f;
  while (byte & 0x80) {
    byte = bytes[end++] ?? 0;
    value = ((value + 1) << 7) + (byte & 0x7f);
  }
  return { value, end };
}
