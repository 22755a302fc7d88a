import type { Configuration } from "../flake/configuration.ts";

/**
 * Whether the script that numbers users from /var/lib/nixos runs during activation. `services.userborn` and `systemd.sysusers` take
 * its place (nixpkgs nixos/modules/config/users-groups.nix).
 */
export function runsUserScript(configuration: Configuration): boolean {
  return ["services.userborn.enable", "systemd.sysusers.enable"].every((option) => {
    const { state } = configuration.widest.flag(option);
    return state === "no" || state === "unset";
  });
}
