/**
 * Mount points that the initrd mounts before activation, whatever their options say
 * (nixpkgs nixos/lib/utils.nix, `pathsNeededForBoot`). Impermanence looks at the same list.
 */
export const earlyMountPoints: ReadonlySet<string> = new Set([
  "/",
  "/nix",
  "/nix/store",
  "/var",
  "/var/log",
  "/var/lib",
  "/var/lib/nixos",
  "/etc",
  "/usr",
]);
