import type { Configuration, Truth } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Place } from "../syntax/place.ts";
import { textOf } from "./textOf.ts";

/** A disk that a module gives to GRUB. */
export interface GrubDevice {
  readonly device: string;
  /** Where it is written. */
  readonly at: Place;
  readonly definition: Definition;
}

/** What starts the machine, as far as it is certain: GRUB from the BIOS, or a loader that UEFI starts from its system partition. */
export type BootLoader = "grub-bios" | "systemd-boot" | undefined;

const otherLoaders = [
  "boot.loader.generic-extlinux-compatible.enable",
  "boot.loader.limine.enable",
  "boot.loader.refind.enable",
  "boot.loader.external.enable",
  "boot.loader.raspberryPi.enable",
  "boot.loader.raspberry-pi.enable",
  "boot.loader.kboot-conf.enable",
  "boot.isContainer",
  "wsl.enable",
];

/** Modules of other flakes that bring their own idea of how the machine starts. */
const loaderImports =
  /hardware|rasp|rpi|jetpack|apple-silicon|wsl|microvm|image|installer|netboot|lanzaboote|virtualisation|lxc|container/i;

export function bootLoader(configuration: Configuration): BootLoader {
  const may = (path: string): boolean => ["yes", "maybe"].includes(configuration.flag(path).state);
  if (otherLoaders.some(may)) return undefined;
  const systemdBoot = configuration.flag("boot.loader.systemd-boot.enable").state;
  const lanzaboote = configuration.flag("boot.lanzaboote.enable").state;
  if (systemdBoot === "yes" || lanzaboote === "yes") return "systemd-boot";
  if (systemdBoot === "maybe" || lanzaboote === "maybe") return undefined;
  if (
    isGrubOn(configuration) !== "yes" ||
    may("boot.loader.grub.efiSupport") ||
    may("boot.loader.grub.efiInstallAsRemovable")
  )
    return undefined;
  const isArm = configuration
    .definitionsBelow("nixpkgs.hostPlatform")
    .some(({ value }) => configuration.values(value).some((platform) => /^aarch64/.test(textOf(platform) ?? "")));
  const devices = grubDevices(configuration);
  const isBios = !isArm && devices !== undefined && devices.every(({ device }) => device.startsWith("/dev/"));
  return isBios && configuration.definitionsBelow("boot.loader.grub.mirroredBoots").length === 0
    ? "grub-bios"
    : undefined;
}

/** GRUB is on unless something else is (nixpkgs system/boot/loader/grub/grub.nix). */
function isGrubOn(configuration: Configuration): Truth {
  const { state } = configuration.flag("boot.loader.grub.enable");
  if (state !== "unset") return state;
  if ((grubDevices(configuration) ?? []).length > 0) return "yes";
  return configuration.complete && !configuration.external.some((name) => loaderImports.test(name)) ? "yes" : "maybe";
}

/** What `boot.loader.grub.device` and `devices` say; undefined when something there is not known. */
export function grubDevices(configuration: Configuration): readonly GrubDevice[] | undefined {
  const single = configuration
    .definitions("boot.loader.grub.device")
    .flatMap((definition) => configuration.values(definition.value).map((value) => ({ value, definition })));
  const listed = configuration
    .definitions("boot.loader.grub.devices")
    .flatMap((definition) =>
      configuration.items(definition.value, definition).map(({ value }) => ({ value, definition })),
    );
  const found = [...single, ...listed].map(({ value, definition }) => ({
    device: textOf(value),
    at: value.at,
    definition,
  }));
  return found.every((each): each is GrubDevice => each.device !== undefined)
    ? found.filter(({ device }) => device !== "")
    : undefined;
}
