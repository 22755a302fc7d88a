import { type HostReference, parseHostReference } from "../../core/src/nix/flakeReference.ts";
import { CannotRun } from "./cannotRun.ts";

/** Reads `FLAKE#HOST`; undefined when there is no host in it. Throws `CannotRun` for a host that Nix cannot be asked for. */
export function readHostReference(text: string, directory: string): HostReference | undefined {
  const reference = parseHostReference(text, directory);
  if (reference) checkHostName(reference.host);
  return reference;
}

/** Nix has no way to write a quotation mark in the name of an attribute that it is asked for (attr-path.cc). Throws `CannotRun`. */
export function checkHostName(host: string): void {
  if (host.includes('"'))
    throw new CannotRun(
      `the host ${host} has a quotation mark in its name, which Nix cannot be asked for on its command line: rename it in nixosConfigurations`,
    );
}
