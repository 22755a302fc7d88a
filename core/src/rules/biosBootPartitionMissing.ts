// On a GPT disk GRUB for BIOS keeps its core image in a BIOS boot partition (type EF02), and grub-install fails without one (GRUB
// manual, "BIOS installation"); systemd-boot lives on an EFI system partition (type EF00, `bootctl install`). disko makes the
// partitions that are asked for and no others (disko lib/types/gpt.nix).
import type { Configuration } from "../flake/configuration.ts";
import type { Place } from "../syntax/place.ts";
import { bootLoader, grubDevices } from "./bootLoader.ts";
import { indentationAt } from "./edits.ts";
import type { Fix } from "./finding.ts";
import { type GptDisk, gptDisks, isBiosBoot, isEfiSystem, type Partition } from "./gptDisks.ts";
import { mountsOf } from "./mounts.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { textOf } from "./textOf.ts";

export const biosBootPartitionMissing: Rule = {
  id: "bios-boot-partition-missing",
  title: "No partition for the boot loader",
  summary: "The boot loader has no partition to live in, so its installation fails, or the machine does not start.",
  severity: "error",
  check: function* (configuration, context): Iterable<RuleFinding> {
    if (configuration.host === undefined) return;
    const loader = bootLoader(configuration);
    const disks = loader && gptDisks(configuration);
    if (!disks || !mountsOf(configuration).some(({ path, via }) => path === "/" && via === "disko")) return;
    if (loader === "grub-bios") yield* withoutBiosBoot(disks, configuration, context);
    else yield* withoutEfiSystem(disks, configuration, context);
  },
};

function* withoutBiosBoot(
  disks: readonly GptDisk[],
  configuration: Configuration,
  context: RuleContext,
): Iterable<RuleFinding> {
  const disk = bootDisk(disks, grubDevices(configuration)?.map(({ device }) => device) ?? []);
  if (!disk || disks.some(({ partitions }) => partitions.some(isBiosBoot))) return;
  const name = disk.partitions.some((partition) => partition.name === "boot") ? "bios" : "boot";
  yield {
    at: disk.at,
    message:
      "grub-install fails at the end of the installation: GRUB starts from the BIOS here, and this GPT disk has no BIOS boot partition (1 MB, type EF02) to hold it.",
    fixes: insertPartition("Add a BIOS boot partition", disk, [`${name} = { size = "1M"; type = "EF02"; };`], context),
  };
}

function* withoutEfiSystem(
  disks: readonly GptDisk[],
  configuration: Configuration,
  context: RuleContext,
): Iterable<RuleFinding> {
  const mountPoints = efiMountPoints(configuration);
  const isMounted = mountsOf(configuration).some(
    ({ path, via }) => via === "fileSystems" && mountPoints.includes(path),
  );
  if (isMounted || disks.some(({ partitions }) => partitions.some(isEfiSystem))) return;
  const untyped = disks
    .flatMap(({ partitions }) => partitions)
    .find(({ mountPoint }) => mountPoint && mountPoints.includes(mountPoint));
  if (untyped) {
    yield {
      at: untyped.at,
      message: `bootctl refuses to install systemd-boot, and UEFI firmware does not look there: this partition is mounted at ${untyped.mountPoint} but is no EFI system partition (type EF00).`,
      fixes: addType(untyped, context),
    };
    return;
  }
  const disk = bootDisk(disks, []);
  if (!disk) return;
  yield {
    at: disk.at,
    message:
      "Installing systemd-boot fails: it lives on an EFI system partition (type EF00) mounted at /boot, and disko makes none on this disk.",
    fixes: insertPartition(
      "Add an EFI system partition",
      disk,
      [
        "ESP = {",
        '  size = "512M";',
        '  type = "EF00";',
        '  content = { type = "filesystem"; format = "vfat"; mountpoint = "/boot"; };',
        "};",
      ],
      context,
    ),
  };
}

/** The disk that GRUB is told to use, else the one that holds the system, else the only one. */
function bootDisk(disks: readonly GptDisk[], devices: readonly string[]): GptDisk | undefined {
  const told = disks.find(({ device }) => device !== undefined && devices.includes(device));
  if (devices.length > 0 && !told && disks.every(({ device }) => device !== undefined)) return undefined;
  const holds = (path: string): GptDisk | undefined =>
    disks.find(({ partitions }) => partitions.some(({ mountPoint }) => mountPoint === path));
  return told ?? holds("/boot") ?? holds("/") ?? (disks.length === 1 ? disks[0] : undefined);
}

function efiMountPoints(configuration: Configuration): readonly string[] {
  const told = configuration
    .definitions("boot.loader.efi.efiSysMountPoint")
    .flatMap(({ value }) => configuration.values(value).flatMap((path) => textOf(path) ?? []));
  return [...told, "/boot", "/boot/efi", "/efi"];
}

function insertPartition(
  title: string,
  { literal, at }: GptDisk,
  lines: readonly string[],
  { text }: RuleContext,
): readonly Fix[] {
  const [first] = literal?.bindings ?? [];
  if (!first) return [];
  const indentation = indentationAt(text(at.file), first.start);
  return [insertion(title, at, first.start, `${lines.join(`\n${indentation}`)}\n${indentation}`)];
}

function addType({ literal, at }: Partition, { text }: RuleContext): readonly Fix[] {
  const [first] = literal?.bindings ?? [];
  if (!first) return [];
  return [
    insertion(
      "Make it the EFI system partition",
      at,
      first.start,
      `type = "EF00";\n${indentationAt(text(at.file), first.start)}`,
    ),
  ];
}

function insertion(title: string, { file }: Place, offset: number, newText: string): Fix {
  return { title, safe: false, edits: [{ file, start: offset, end: offset, newText }] };
}
