import type { TargetDisk, TargetFacts } from "./targetFacts.ts";

/** The disk of the target that a configuration names; undefined when it has none of that name. */
export function diskOf(target: TargetFacts, device: string): TargetDisk | undefined {
  if (target.disks === "unknown") return undefined;
  return target.disks.find(
    (disk) =>
      `/dev/${disk.name}` === device ||
      disk.aliases?.includes(device) ||
      (device.startsWith("/dev/disk/by-id/") && endsWithSerial(device, disk.serial)),
  );
}

/** Bytes of the disks that a configuration names, together; undefined when it names none, or the size of one is not known. */
export function bytesOfDisks(target: TargetFacts, devices: readonly string[]): number | undefined {
  const sizes = devices.map((device) => diskOf(target, device)?.sizeBytes);
  if (sizes.length === 0 || !sizes.every((size) => typeof size === "number")) return undefined;
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** udev's names by id end with the serial number, behind a dash or an underline (rules.d/60-persistent-storage.rules). */
function endsWithSerial(name: string, serial: string): boolean {
  return serial !== "unknown" && name.endsWith(serial) && /[-_]$/.test(name.slice(0, -serial.length));
}
