import type { Configuration } from "../flake/configuration.ts";
import { gptDisks, isBiosBoot, isEfiSystem } from "../rules/gptDisks.ts";
import { textOf } from "../rules/textOf.ts";

/** What the modules say of how a host is installed; undefined where they do not, or not so that it can be read. */
export interface HostInstallation {
  /** Devices of the disks that disko partitions, as they are written. */
  readonly disks: readonly string[] | undefined;
  /** How the host starts: from a BIOS, by UEFI, or either way. */
  readonly bootMode: "bios" | "uefi" | "both" | undefined;
}

export function hostInstallation(configuration: Configuration): HostInstallation {
  return { disks: disksOf(configuration), bootMode: bootModeOf(configuration) };
}

function disksOf(configuration: Configuration): readonly string[] | undefined {
  const definitions = configuration.definitions("disko.devices.disk.*.device");
  const devices = definitions.flatMap(({ value }) => configuration.values(value).map(textOf));
  if (devices.some((device) => device === undefined)) return undefined;
  if (definitions.length > 0) return [...new Set(devices.filter((device) => device !== undefined))];
  const isSilent = configuration.definitionsBelow("disko").length === 0;
  return configuration.complete && configuration.modules.length > 0 && isSilent ? [] : undefined;
}

function bootModeOf(configuration: Configuration): HostInstallation["bootMode"] {
  const flag = (path: string): string => configuration.flag(path).state;
  const loaders = ["boot.loader.systemd-boot.enable", "boot.lanzaboote.enable"].map(flag);
  if (loaders.includes("yes")) return "uefi";
  if (loaders.includes("maybe")) return undefined;
  const efi = ["boot.loader.grub.efiSupport", "boot.loader.grub.efiInstallAsRemovable"].map(flag);
  const partitions = gptDisks(configuration)?.flatMap((disk) => disk.partitions) ?? [];
  const hasBiosBoot = partitions.some(isBiosBoot);
  if (efi.includes("yes")) return hasBiosBoot ? "both" : "uefi";
  if (efi.includes("maybe")) return undefined;
  return hasBiosBoot && !partitions.some(isEfiSystem) ? "bios" : undefined;
}
