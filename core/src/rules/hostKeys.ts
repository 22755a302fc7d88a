import type { Configuration } from "../flake/configuration.ts";
import { attrsOf } from "../model/operations.ts";
import { normalizePath } from "./paths.ts";
import { textOf } from "./textOf.ts";

/** The private host keys of sshd. */
export interface HostKeys {
  readonly paths: readonly string[];
  /** True when no module of the flake sets `services.openssh.hostKeys`. */
  readonly isDefault: boolean;
}

/** The default of `services.openssh.hostKeys` (nixpkgs services/networking/ssh/sshd.nix). */
const defaultHostKeys = ["/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_rsa_key"];

export function hostKeyPaths(configuration: Configuration): HostKeys {
  const definitions = configuration.widest.definitions("services.openssh.hostKeys");
  if (definitions.length === 0) return { paths: defaultHostKeys, isDefault: true };
  const paths = definitions
    .flatMap((definition) => configuration.items(definition.value, definition))
    .flatMap((item) => attrsOf(item.value)?.entries.find(({ name }) => name === "path") ?? [])
    .flatMap((entry) => configuration.values(entry.value()))
    .flatMap((value) => normalizePath(textOf(value) ?? "") ?? []);
  return { paths, isDefault: false };
}
