import { existsSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { HostReference } from "../../../core/src/nix/flakeReference.ts";
import { CannotRun } from "../cannotRun.ts";
import { readHostReference } from "../readHostReference.ts";

/** What is weighed: a host of a flake, or a path of a store. */
export type ClosureSubject =
  | { readonly kind: "host"; readonly reference: HostReference }
  | { readonly kind: "path"; readonly path: string };

/** Reads `FLAKE#HOST` or a store path; links such as `result` and `/run/current-system` are followed. Throws `CannotRun`. */
export function closureSubject(text: string, directory: string): ClosureSubject {
  const reference = readHostReference(text, directory);
  if (reference?.directory !== undefined && !existsSync(reference.directory))
    throw new CannotRun(`${reference.directory} does not exist`);
  if (reference) return { kind: "host", reference };
  const path = storePathOf(text, directory);
  if (path !== undefined) return { kind: "path", path };
  const flake = text.replace(/#$/, "");
  if (flake !== text || existsSync(resolve(directory, text, "flake.nix")))
    throw new CannotRun(`"${text}" has no host: write ${flake || "."}#HOST, with a name under nixosConfigurations`);
  const stats = statSync(resolve(directory, text), { throwIfNoEntry: false });
  if (stats?.isDirectory())
    throw new CannotRun(`"${text}" has no flake.nix, and is no store path (nixos-vps closure --help)`);
  if (stats) throw new CannotRun(`"${text}" is neither FLAKE#HOST nor a store path (nixos-vps closure --help)`);
  throw new CannotRun(`"${text}" does not exist: give FLAKE#HOST or a store path (nixos-vps closure --help)`);
}

/** The path in the store that a path is or leads to, without what follows its name; undefined when there is none. Throws `CannotRun` for a derivation. */
export function storePathOf(text: string, directory: string): string | undefined {
  const path = resolve(directory, text);
  const real = existsSync(path) ? realpathSync(path) : isAbsolute(text) ? text : undefined;
  const found = real === undefined ? undefined : /^\/(?:.*\/)?[0-9a-z]{32}-[^/]+/.exec(real)?.[0];
  // Some versions of Nix would weigh what it is built with, others what is built.
  if (found?.endsWith(".drv")) throw new CannotRun(`${found} is a derivation: give the path of what is built from it`);
  return found;
}
