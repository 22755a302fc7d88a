import { statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";

/** A host of a flake, as `FLAKE#HOST` names it. */
export interface HostReference {
  /** What Nix is given: an absolute path, or a flake reference as it was written. */
  readonly flake: string;
  /** Where the flake is on this computer; undefined when Nix has to fetch it. */
  readonly directory: string | undefined;
  readonly host: string;
}

/** Reads `FLAKE#HOST`; paths are relative to a directory. Undefined when there is no host in it. */
export function parseHostReference(text: string, directory: string): HostReference | undefined {
  const hash = placeOfHash(text, directory);
  const host =
    hash === -1
      ? ""
      : text
          .slice(hash + 1)
          .replace(/^nixosConfigurations\./, "")
          // As it is given to `nix build`.
          .replace(/\.config\.system\.build\.toplevel$/, "")
          .replace(/^"(.*)"$/, "$1");
  if (host === "") return undefined;
  const flake = text.slice(0, hash) || ".";
  const path = flake.replace(/^path:/, "");
  const isPath =
    flake.startsWith("path:") ||
    isAbsolute(path) ||
    /^\.{1,2}(?:\/|$)/.test(path) ||
    isFlakeDirectory(resolve(directory, path));
  if (!isPath) return { flake, directory: undefined, host };
  const absolute = resolve(directory, path);
  return { flake: flake.startsWith("path:") ? `path:${absolute}` : absolute, directory: absolute, host };
}

/**
 * An attribute of the host's configuration, as an installable of Nix. What follows the `#` is a part of a URL, which Nix decodes
 * (flakeref.cc); between quotation marks everything stands for itself (attr-path.cc).
 */
export function hostAttribute({ flake, host }: HostReference, path: string): string {
  const name = host.replace(/[^A-Za-z0-9._~'-]/gu, encodeURIComponent);
  return `${flake}#nixosConfigurations."${name}"${path === "" ? "" : `.${path}`}`;
}

/** Where a flake ends and its host begins: directories and hosts may have a `#` in their names. -1 when there is none. */
function placeOfHash(text: string, directory: string): number {
  const isDirectory = (path: string): boolean =>
    statSync(resolve(directory, path.replace(/^path:/, "")), { throwIfNoEntry: false })?.isDirectory() === true;
  const places = [...text.matchAll(/#/g)].map(({ index }) => index);
  return places.find((place) => isDirectory(text.slice(0, place))) ?? places[0] ?? -1;
}

function isFlakeDirectory(path: string): boolean {
  return statSync(join(path, "flake.nix"), { throwIfNoEntry: false })?.isFile() === true;
}
