// disko itself adds the disk of an EF02 partition to `boot.loader.grub.devices` (disko lib/types/gpt.nix); named once more, NixOS
// refuses to evaluate: "You cannot have duplicated devices in mirroredBoots". Without any device it refuses as well: "You must set
// the option ‘boot.loader.grub.devices’ or 'boot.loader.grub.mirroredBoots' to make the system bootable." With `efiSupport` neither is
// asserted (nixpkgs system/boot/loader/grub/grub.nix).
import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import { type GrubDevice, grubDevices } from "./bootLoader.ts";
import { deleteText } from "./edits.ts";
import type { Fix } from "./finding.ts";
import { gptDisks, isBiosBoot } from "./gptDisks.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";

export const grubDevice: Rule = {
  id: "grub-device",
  title: "GRUB's disk is named twice or not at all",
  summary: "NixOS refuses to build: disko already names the disk of GRUB, or nothing does.",
  severity: "error",
  check: function* (configuration, context): Iterable<RuleFinding> {
    if (configuration.host === undefined) return;
    const isEfi = ["efiSupport", "efiInstallAsRemovable"].some((name) =>
      ["yes", "maybe"].includes(configuration.flag(`boot.loader.grub.${name}`).state),
    );
    const isOff =
      configuration.flag("boot.loader.grub.enable").state === "no" ||
      configuration.flag("boot.loader.systemd-boot.enable").state === "yes";
    if (isEfi || isOff || configuration.definitionsBelow("boot.loader.grub.mirroredBoots").length > 0) return;
    const devices = grubDevices(configuration);
    if (!devices) return;
    if (devices.length > 0) yield* namedTwice(configuration, devices, context);
    else yield* namedNowhere(configuration);
  },
};

function* namedTwice(
  configuration: Configuration,
  devices: readonly GrubDevice[],
  { text }: RuleContext,
): Iterable<RuleFinding> {
  const disks = gptDisks(configuration);
  const [disk] = disks ?? [];
  if (!disk || disks?.length !== 1 || !disk.partitions.some(isBiosBoot)) return;
  for (const { device, at, definition } of devices) {
    // `mkForce` on the list takes the place of what disko adds.
    const isForced = definition.path.at(-1) === "devices" && definition.priority < 100;
    if (device !== disk.device || isForced) continue;
    yield {
      at,
      severity: "warning",
      message: `NixOS refuses to build with "You cannot have duplicated devices in mirroredBoots": disko already gives ${device} to GRUB, because of its EF02 partition. Remove this line.`,
      related: [{ ...disk.at, message: "disko names the disk here" }],
      fixes: removal(definition, text(definition.module.file)),
    };
  }
}

/** GRUB is switched on by name, all modules are known, and none names a disk. */
function* namedNowhere(configuration: Configuration): Iterable<RuleFinding> {
  const { state, definition } = configuration.flag("boot.loader.grub.enable");
  if (!configuration.complete || state !== "yes" || !definition) return;
  const disks = gptDisks(configuration);
  const mayBeNamed = !disks || disks.some(({ partitions }) => partitions.some(isBiosBoot));
  if (mayBeNamed || configuration.external.some((name) => /hardware|image|installer|virtualisation/i.test(name)))
    return;
  yield {
    at: definition.value.at,
    message:
      'NixOS refuses to build with "You must set the option ‘boot.loader.grub.devices’": no module names the disk that GRUB is installed on, and disko makes no EF02 partition that would.',
  };
}

/** Removes the whole binding when the device is all it says. */
function removal({ binding, value, module }: Definition, text: string): readonly Fix[] {
  const isAlone = value.kind === "string" || (value.kind === "list" && value.items.length === 1);
  if (!binding || !isAlone) return [];
  return [
    {
      title: "Leave it to disko",
      safe: true,
      edits: [deleteText(text, { file: module.file, start: binding.start, end: binding.end })],
    },
  ];
}
