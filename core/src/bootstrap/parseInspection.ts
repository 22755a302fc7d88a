import { plainText } from "./plainText.ts";
import type { TargetDisk, TargetFacts, TargetMount, TargetSwap, Unknown } from "./targetFacts.ts";
import { packageManagerAmong } from "./targetTools.ts";

/** The output of `inspectScript` ended too early or is something else. */
export class InspectionIncomplete extends Error {
  override readonly name = "InspectionIncomplete";
}

/** 512 bytes, whatever the disk's own sector size (Documentation/ABI/stable/sysfs-block, size). */
const sectorBytes = 512;

/** Reads the output of `inspectScript`; what it does not say is unknown. Throws `InspectionIncomplete` when its last line is missing. */
export function parseInspection(output: string): TargetFacts {
  const records = output.split("\n").map((line) => line.split("\t").map(plainText));
  const of = (key: string): string[][] =>
    records.filter((record) => record[0] === key).map((record) => record.slice(1));
  const has = (key: string): boolean => records.some((record) => record[0] === key);
  const first = (key: string): string | Unknown => of(key)[0]?.[0] || "unknown";
  if (!has("inspection") || !has("end")) {
    const shown = plainText(output.trim().split("\n").at(-1) ?? "");
    throw new InspectionIncomplete(
      `The target did not answer what was asked${shown ? `; the last line was "${shown.slice(0, 200)}"` : ""}.`,
    );
  }
  const tools = of("tool").flatMap(([tool]) => tool ?? []);
  const release = new Map(of("os").map(([key, value]) => [key, value ?? ""]));
  return {
    memory: memoryOf(of("memory")),
    swap: has("swap-known") ? of("swap").map(swapOf) : "unknown",
    os: release.get("ID")
      ? { id: release.get("ID") ?? "", name: release.get("NAME") ?? "", variantId: release.get("VARIANT_ID") ?? "" }
      : "unknown",
    kernel: first("kernel"),
    arch: first("arch"),
    container: first("container"),
    user: userOf(of("user")[0]),
    root: oneOf(first("root"), ["is-root", "passwordless", "needs-password", "no-way"]),
    tools: has("tools-known") ? tools : "unknown",
    packageManager: has("tools-known") ? (packageManagerAmong(tools)?.name ?? "none") : "unknown",
    firmware: oneOf(first("firmware"), ["bios", "uefi"]),
    secureBoot: has("secure-boot") ? first("secure-boot") === "1" : first("firmware") === "bios" ? false : "unknown",
    lockdown: /\[(\w+)\]/.exec(first("lockdown"))?.[1] ?? "unknown",
    kexecLoadDisabled: has("kexec-load-disabled") ? first("kexec-load-disabled") === "1" : "unknown",
    zram: has("zram") ? first("zram") === "yes" : "unknown",
    hostKeys: has("host-keys-known")
      ? of("host-key").map(([fingerprint = "", type = ""]) => ({
          type: type.replace(/[()]/g, "").toLowerCase(),
          fingerprint,
        }))
      : "unknown",
    network: has("network-known")
      ? {
          addresses: of("address").flatMap(([address]) => address ?? []),
          gateways: of("gateway").flatMap(([gateway]) => gateway ?? []),
          dhcp: has("dhcp") || of("address").some(([, kind]) => kind === "dynamic"),
        }
      : "unknown",
    disks: has("disks-known") ? of("disk").map((disk) => diskOf(disk, of("mount"), of("alias"))) : "unknown",
    rootFilesystem: rootFilesystemOf(of("root-filesystem")[0]),
    homeFreeBytes: scaled(of("home-free")[0]?.[0], 1024),
    sshPort: scaled(of("ssh-port")[0]?.[0], 1),
    bootId: first("boot-id"),
  };
}

function memoryOf(records: readonly (readonly string[])[]): TargetFacts["memory"] {
  const kib = new Map(records.map(([name, value]) => [name, Number(value)]));
  const [totalKiB, availableKiB] = [kib.get("MemTotal:"), kib.get("MemAvailable:")];
  return totalKiB && availableKiB !== undefined ? { totalKiB, availableKiB } : "unknown";
}

function rootFilesystemOf(record: readonly string[] | undefined): TargetFacts["rootFilesystem"] {
  const [fstype, free] = record ?? [];
  const freeBytes = scaled(free, 1024);
  return fstype && freeBytes !== "unknown" ? { fstype, freeBytes } : "unknown";
}

function swapOf([name = "", kind = "", size = "0", used = "0"]: readonly string[]): TargetSwap {
  const isZram = name.startsWith("/dev/zram");
  return {
    name: unescapeOctal(name),
    kind: isZram ? "zram" : oneOf(kind, ["partition", "file"]),
    sizeKiB: Number(size),
    usedKiB: Number(used),
  };
}

function userOf(record: readonly string[] | undefined): TargetFacts["user"] {
  const [name, uid] = record ?? [];
  return uid ? { name: name || uid, uid: Number(uid) } : "unknown";
}

function diskOf(
  [name = "", sectors, model, serial]: readonly string[],
  mounts: readonly (readonly string[])[],
  aliases: readonly (readonly string[])[],
): TargetDisk {
  const names = aliases.flatMap(([disk, link = ""]) => (disk === name ? [link] : []));
  return {
    name,
    sizeBytes: scaled(sectors, sectorBytes),
    model: model?.trim() || "unknown",
    serial: serial?.trim() || "unknown",
    mounts: mounts.filter(([disk]) => disk === name).map(mountOf),
    // A system without udev has none, which says nothing.
    ...(names.length > 0 ? { aliases: names } : {}),
  };
}

function mountOf([, path = "", source = "", fstype = ""]: readonly string[]): TargetMount {
  return { path: unescapeOctal(path), source: unescapeOctal(source), fstype };
}

/** /proc writes blanks in names as `\040` (proc(5)). */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function scaled(value: string | undefined, factor: number): number | Unknown {
  return value && /^\d+$/.test(value) ? Number(value) * factor : "unknown";
}

function oneOf<Known extends string>(value: string, known: readonly Known[]): Known | Unknown {
  return known.find((candidate) => candidate === value) ?? "unknown";
}
