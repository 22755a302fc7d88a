import { shellQuote } from "./shellQuote.ts";

/** What a patched disko script is: the text, and how many statements were replaced. */
export interface DiskoPatch {
  readonly text: string;
  readonly triggers: number;
  readonly settles: number;
}

/** Why a script is not patched: nothing to replace, not a text, or a udevadm that the pattern does not cover. */
export class DiskoPatchRefused extends Error {
  override readonly name = "DiskoPatchRefused";
}

// disko writes each of them as a statement on a line of its own, in every version: lib/types/gpt.nix and table.nix say
// `settle --timeout 120`, mdadm.nix and zfs_volume.nix `settle --timeout=120`, versions before 1.12.0 plain `settle`.
const trigger = /^([ \t]*)udevadm[ \t]+trigger(?:[ \t][^\n]*)?$/;
const settle = /^([ \t]*)udevadm[ \t]+settle(?:[ \t][^\n]*)?$/;

/** How sgdisk is told the label and the id of a partition (disko lib/types/gpt.nix); udev makes links of them. */
const partitionName = /--change-name=["']?\d+:([^"'\s\\]+)/g;
const partitionId = /--partition-guid=["']?\d+:([0-9A-Fa-f-]{36})/g;

const waitSeconds = 30;

/**
 * Replaces the udevadm calls of a disko script: `trigger` by `:`, `settle` by a bounded wait for the device links that the script
 * makes. All other lines stay byte for byte. Throws `DiskoPatchRefused` when there is nothing to replace or something is left over.
 */
export function patchDiskoScript(text: string): DiskoPatch {
  if (text.includes("\0")) throw new DiskoPatchRefused("The disko script is not a text, so it is not patched.");
  let triggers = 0;
  let settles = 0;
  const made = new Set<string>();
  const lines = text.split("\n").map((line) => {
    const triggered = trigger.exec(line);
    if (triggered) {
      triggers++;
      return `${triggered[1]}: # udevadm trigger`;
    }
    for (const link of linksMadeBy(line)) if (text.includes(link)) made.add(link);
    const settled = settle.exec(line);
    if (!settled) return line;
    settles++;
    return `${settled[1]}${waitForLinks([...made])}`;
  });
  if (triggers + settles === 0) {
    throw new DiskoPatchRefused(
      "The disko script calls no udevadm in a form that is known, so there is nothing to patch.",
    );
  }
  const patched = lines.join("\n");
  const left = patched.split("\n").find((line) => /\budevadm\b/.test(line.replace(/#.*$/, "")));
  if (left !== undefined) {
    throw new DiskoPatchRefused(
      `The disko script calls udevadm in a form that is not known: "${left.trim()}". It is not patched.`,
    );
  }
  return { text: patched, triggers, settles };
}

function linksMadeBy(line: string): string[] {
  const found = (pattern: RegExp): string[] => [...line.matchAll(pattern)].map(([, name = ""]) => name);
  return [
    ...found(partitionName).map((label) => `/dev/disk/by-partlabel/${label}`),
    ...found(partitionId).map((id) => `/dev/disk/by-partuuid/${id.toLowerCase()}`),
  ];
}

/**
 * One line of shell that waits until the links are block devices, and fails when one does not appear. A link goes and comes back when
 * the partitions beside it are read anew, so it has to be there twice, a second apart, while udevd has nothing left to do: the file
 * `/run/udev/queue` is there as long as it has, which is what `udevadm settle` looks at (systemd, src/udev/udevadm-settle.c).
 */
function waitForLinks(links: readonly string[]): string {
  if (links.length === 0) return ": # udevadm settle";
  const list = links.map(shellQuote).join(" ");
  const fail = `{ echo "$missing did not appear within ${waitSeconds} s" >&2; exit 1; }`;
  return [
    "i=0; calm=0; while [ $calm -lt 2 ]; do sleep 1; i=$((i + 1)); missing=",
    `for l in ${list}; do [ -b "$l" ] || missing=$l; done`,
    'if [ -n "$missing" ]; then calm=0',
    `[ $i -lt ${waitSeconds} ] || ${fail}`,
    // A udevd that hangs or is gone leaves the file.
    `elif [ ! -e /run/udev/queue ] || [ $i -ge ${waitSeconds} ]; then calm=$((calm + 1)); else calm=0; fi`,
    "done # udevadm settle",
  ].join("; ");
}
