import { type HostReference, hostAttribute } from "./flakeReference.ts";
import { NixFailed, type NixOptions, runNix } from "./runNix.ts";

/** What an evaluation says of how a host is installed; undefined where it does not say. */
export interface EvaluatedInstallation {
  readonly disks: readonly string[] | undefined;
  readonly bootMode: "bios" | "uefi" | "both" | undefined;
}

// Each question is asked behind `?`, so that a host without disko, or one that is no NixOS, has an answer too.
const probe = `host:
let
  config = host.config or { };
  get = path: set: builtins.foldl' (at: name: if builtins.isAttrs at && at ? \${name} then at.\${name} else null) set path;
  orElse = value: default: if value == null then default else value;
  disks = get [ "disko" "devices" "disk" ] config;
  loader = get [ "boot" "loader" ] config;
  flag = path: orElse (get path loader) false;
  uefi = flag [ "systemd-boot" "enable" ] || (flag [ "grub" "enable" ] && flag [ "grub" "efiSupport" ]) || flag [ "limine" "efiSupport" ];
  bios = flag [ "grub" "enable" ] && builtins.any (device: device != "nodev") (orElse (get [ "grub" "devices" ] loader) [ ]);
in
{
  disks = if disks == null then null else map (name: disks.\${name}.device) (builtins.attrNames disks);
  bootMode = if uefi && bios then "both" else if uefi then "uefi" else if bios then "bios" else null;
}`;

/** Evaluates a host. Throws `NixFailed`, also when the host does not exist. */
export async function evalInstallation(reference: HostReference, options: NixOptions): Promise<EvaluatedInstallation> {
  const output = await runNix(
    ["eval", "--json", "--no-write-lock-file", hostAttribute(reference, ""), "--apply", probe],
    {
      ...options,
      evaluationOf: reference,
    },
  );
  const value: unknown = JSON.parse(output);
  if (typeof value !== "object" || value === null || !("disks" in value) || !("bootMode" in value))
    throw new NixFailed("failed", "nix eval printed something else than was asked for.");
  const { disks, bootMode } = value;
  return {
    disks: Array.isArray(disks) && disks.every((disk) => typeof disk === "string") ? disks : undefined,
    bootMode: bootMode === "bios" || bootMode === "uefi" || bootMode === "both" ? bootMode : undefined,
  };
}
