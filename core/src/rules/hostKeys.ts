import type { Configuration } from "../flake/configuration.ts";
import { attrsOf } from "../model/operations.ts";
import { normalizePath } from "./paths.ts";
import { textOf } from "./textOf.ts";

/** The private host keys of sshd. */
export interface HostKeys {
  /** Their paths, as far as they are known. */
  readonly paths: readonly string[];
  readonly areAllKnown: boolean;
  /** True when no module sets `services.openssh.hostKeys`. */
  readonly areDefault: boolean;
}

/** The default of `services.openssh.hostKeys` (nixpkgs services/networking/ssh/sshd.nix). */
const defaultHostKeys = ["/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_rsa_key"];

export function hostKeysOf(configuration: Configuration): HostKeys {
  const option = "services.openssh.hostKeys";
  const definitions = configuration.definitions(option);
  if (definitions.length === 0) {
    const areDefault = configuration.widest.definitions(option).length === 0;
    return { paths: defaultHostKeys, areAllKnown: areDefault, areDefault };
  }
  const items = definitions.flatMap((definition) => configuration.items(definition.value, definition));
  const paths = items.map((item) => {
    const path = attrsOf(item.value)?.entries.find(({ name }) => name === "path");
    return path && configuration.values(path.value()).flatMap((value) => normalizePath(textOf(value) ?? "") ?? []);
  });
  const areAllKnown = paths.every((known) => known !== undefined && known.length > 0);
  return { paths: paths.flatMap((known) => known ?? []), areAllKnown, areDefault: false };
}
