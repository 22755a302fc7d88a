import { isUtf8 } from "node:buffer";
import { readFile, realpath } from "node:fs/promises";
import { sep } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { systemError } from "../../../core/src/systemError.ts";
import { CannotRun } from "../cannotRun.ts";

export interface ChangedFile {
  /** Absolute path. */
  readonly path: string;
  /** The text that was checked, and the one to write. */
  readonly before: string;
  readonly after: string;
}

/**
 * Why a file must not be rewritten, in words, or undefined when it may: it has to lie below the root, also after following
 * links, and its bytes have to be the UTF-8 of the text that was checked.
 */
export async function whyNotWritable(path: string, text: string, root: string): Promise<string | undefined> {
  try {
    if (!(await realpath(path)).startsWith((await realpath(root)) + sep)) return "it lies outside the flake";
    const bytes = await readFile(path);
    if (Buffer.from(text).equals(bytes)) return undefined;
    return isUtf8(bytes) ? "it changed on disk while it was checked" : "it is not UTF-8";
  } catch (error) {
    return systemError(error);
  }
}

/** Writes all files, each atomically and with its mode and owner kept, or none when one has changed since it was read. */
export async function writeFixes(files: readonly ChangedFile[], root: string): Promise<void> {
  for (const { path, before } of files) {
    const reason = await whyNotWritable(path, before, root);
    if (reason !== undefined) throw new CannotRun(`nothing was fixed: ${path} cannot be written: ${reason}`);
  }
  for (const { path, after } of files) {
    try {
      await writeFileAtomic(path, after);
    } catch (error) {
      throw new CannotRun(`cannot write ${path}: ${systemError(error)}`);
    }
  }
}
