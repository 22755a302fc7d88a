import { plainText } from "./plainText.ts";
import type { Filesystem } from "./runNotes.ts";
import { shellQuote } from "./shellQuote.ts";

/** What a disk is, as the target shows it now. */
export interface DiskIdentity {
  /** As the configuration names it. */
  readonly device: string;
  /** Kernel name, such as `vda`. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly model: string;
  readonly serial: string;
}

/** What uses a disk. */
export interface DiskUse {
  readonly device: string;
  readonly kind: "swap" | "mount" | "holder";
  readonly name: string;
}

const forEachDisk = (disks: readonly string[], body: string): string => `
for device in ${disks.map(shellQuote).join(" ")}; do
  path=$(readlink -f "$device")
  name=\${path##*/}
  ${body}
done
`;

const readDisk = `
  [ -d "/sys/block/$name" ] || { printf 'missing\\t%s\\n' "$device"; continue; }
  value() { tr -d '\\0\\t\\n' < "$1" 2>/dev/null; }
  serial=$(value "/sys/block/$name/serial")
  [ -n "$serial" ] || serial=$(value "/sys/block/$name/device/serial")
  [ -n "$serial" ] || serial=$(lsblk -dno SERIAL "/dev/$name" 2>/dev/null | tr -d ' \\t\\n')
  printf 'disk\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$device" "$name" "$(value "/sys/block/$name/size")" "$(value "/sys/block/$name/device/model")" "$serial"
`;

/** Shell that says what the disks are; read by \`parseIdentities\`. */
export const identityScript = (disks: readonly string[]): string => forEachDisk(disks, readDisk);

export function parseIdentities(output: string): { disks: DiskIdentity[]; missing: string[] } {
  const records = output.split("\n").map((line) => line.split("\t").map(plainText));
  return {
    disks: records.flatMap(([kind, device = "", name = "", sectors, model, serial]) =>
      kind === "disk"
        ? [
            {
              device,
              name,
              // In sectors of 512 bytes, whatever the disk's own (Documentation/ABI/stable/sysfs-block).
              sizeBytes: Number(sectors) * 512,
              model: model?.trim() || "unknown",
              serial: serial?.trim() || "unknown",
            },
          ]
        : [],
    ),
    missing: records.flatMap(([kind, device = ""]) => (kind === "missing" ? [device] : [])),
  };
}

// A program that the kernel kills when memory runs out must not look like one that found nothing: the scripts end there.

// What lies on a disk: itself, its partitions, and what holds them (LVM, RAID, LUKS), whatever holds that. The list of a loop is
// made before its body runs, so the function may call itself.
const partsOfDisk = `
holders_of() { for part in /sys/class/block/"$1"/holders/*; do if [ -e "$part" ]; then echo "\${part##*/}"; holders_of "\${part##*/}"; fi; done; }
parts_of() { for part in /sys/block/"$1" /sys/block/"$1"/"$1"*; do if [ -r "$part/dev" ]; then echo "\${part##*/}"; holders_of "\${part##*/}"; fi; done; }
`;

// A swap file belongs to the disk that its file system is on; a file system is told by its device number, which is that of the
// partition, or by its source, because btrfs has numbers of its own (proc(5), mountinfo).
const readUses = `
  parts=$(parts_of "$name" | awk '!seen[$0]++') || exit 1
  [ -n "$parts" ] || [ ! -d "/sys/block/$name" ] || exit 1
  for part in $parts; do
    number=$(cat "/sys/class/block/$part/dev")
    source=/dev/$part
    case $part in "$name"*) ;; *) printf 'holder\\t%s\\t%s\\n' "$device" "$part" ;; esac
    mapped=$(cat "/sys/class/block/$part/dm/name" 2>/dev/null) && mapped=/dev/mapper/$mapped
    awk -v device="$device" -v number="$number" -v source="$source" -v mapped="$mapped" '{ for (i = 7; i <= NF; i++) if ($i == "-") break; if ($3 == number || $(i + 2) == source || $(i + 2) == mapped) printf "mount\\t%s\\t%s\\n", device, $5 }' /proc/self/mountinfo || exit 1
    awk -v device="$device" -v source="$source" -v mapped="$mapped" 'NR > 1 && ($1 == source || $1 == mapped) { printf "swap\\t%s\\t%s\\n", device, $1 }' /proc/swaps || exit 1
  done
`;

const readSwapFiles = `
files=$(awk 'NR > 1 && $2 == "file" { print $1 }' /proc/swaps) || exit 1
printf '%s\\n' "$files" | while read -r file && [ -n "$file" ]; do
  printf 'swap-file\\t%s\\t%s\\n' "$file" "$(df -P "$(printf '%b' "$file")" 2>/dev/null | awk 'NR == 2 { print $1 }')"
done
`;

/** Shell that says what uses the disks; read by \`parseUses\`. */
export const usesScript = (disks: readonly string[]): string =>
  `${partsOfDisk}${forEachDisk(disks, readUses)}${readSwapFiles}`;

export function parseUses(output: string): DiskUse[] {
  return output.split("\n").flatMap((line): DiskUse[] => {
    const [kind, device = "", name = ""] = line.split("\t");
    // Whatever disk a swap file is on: in the installer it can only be one that the old system left.
    if (kind === "swap-file") return [{ device: name || "unknown", kind: "swap", name: device }];
    return kind === "swap" || kind === "mount" || kind === "holder" ? [{ device, kind, name }] : [];
  });
}

/**
 * Shell that ends what uses disks: swap first, then mounts, the innermost first, then what an old system's LVM, RAID or LUKS has put
 * together, the outermost first. Nothing is written to the disks; what is busy stays, and is found by looking again.
 */
export function releaseScript(uses: readonly DiskUse[]): string {
  const names = (kind: DiskUse["kind"]): string[] => [
    ...new Set(uses.filter((use) => use.kind === kind).map((use) => use.name)),
  ];
  const unescaped = (name: string): string => `"$(printf '%b' ${shellQuote(name)})"`;
  const mounts = names("mount").sort((a, b) => b.length - a.length);
  return [
    ...names("swap").map((name) => `echo "swapoff "${shellQuote(name)}; swapoff ${unescaped(name)}`),
    ...mounts.map((name) => `echo "umount "${shellQuote(name)}; umount ${unescaped(name)}`),
    ...names("holder").toReversed().map(releaseHolder),
  ].join("\n");
}

function releaseHolder(name: string): string {
  const device = shellQuote(`/dev/${name}`);
  const stop = name.startsWith("md") ? `mdadm --stop ${device}` : `dmsetup remove ${device}`;
  return `echo "releasing "${shellQuote(name)}; ${stop}`;
}

/** Shell that lists file systems and swap areas on the disks; read by \`parseFilesystems\`. */
export const filesystemsScript = (disks: readonly string[]): string => `
command -v udevadm >/dev/null && udevadm settle --timeout=10
${forEachDisk(
  disks,
  `
  for part in "/sys/block/$name" "/sys/block/$name/$name"*; do
    [ -r "$part/dev" ] || continue
    uuid=$(blkid -c /dev/null -s UUID -o value "/dev/\${part##*/}" 2>/dev/null)
    [ $? -lt 128 ] || exit 1
    [ -n "$uuid" ] && printf 'filesystem\\t%s\\t%s\\n' "/dev/\${part##*/}" "$uuid"
  done
`,
)}
true
`;

export function parseFilesystems(output: string): Filesystem[] {
  return output.split("\n").flatMap((line) => {
    const [kind, device = "", uuid = ""] = line.split("\t");
    return kind === "filesystem" ? [{ device, uuid }] : [];
  });
}
