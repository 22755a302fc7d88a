import { posix, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Absolute path of a document on disk, or undefined when the URI names none. */
export function diskPath(uri: string): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    // Such as a host on Linux, or an escaped slash.
    return undefined;
  }
}

/**
 * The path by which the model knows a document. A document that is not on disk gets one below a directory that cannot exist there,
 * `/scheme:authority/...`, so that documents of one virtual workspace lie beside each other.
 */
export function documentPath(uri: string): string {
  const onDisk = diskPath(uri);
  if (onDisk !== undefined) return onDisk;
  const [, scheme = "unknown", authority = "", rest = uri] = /^([^:/?#]+):(?:\/\/([^/]*))?(.*)$/su.exec(uri) ?? [];
  return posix.join(`/${scheme}:${authority}`, decode(rest));
}

export function fileUri(path: string): string {
  return pathToFileURL(path).href;
}

export function contains(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
