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

/** Device links that later statements open; udev makes them, so they are what has to be waited for. */
const deviceLink = /\/dev\/disk\/by-(?:partlabel|partuuid|id)\/[A-Za-z0-9_.:\\+-]+/g;

const waitSeconds = 30;

/**
 * Replaces the udevadm calls of a disko script: `trigger` by `:`, `settle` by a bounded wait for the device links that the script
 * uses. All other lines stay byte for byte. Throws `DiskoPatchRefused` when there is nothing to replace or something is left over.
 */
export function patchDiskoScript(text: string): DiskoPatch {
  if (text.includes("\0")) throw new DiskoPatchRefused("The disko script is not a text, so it is not patched.");
  let triggers = 0;
  let settles = 0;
  const links = [...new Set(text.match(deviceLink) ?? [])].sort();
  const lines = text.split("\n").map((line) => {
    const triggered = trigger.exec(line);
    if (triggered) {
      triggers++;
      return `${triggered[1]}: # udevadm trigger`;
    }
    const settled = settle.exec(line);
    if (!settled) return line;
    settles++;
    return `${settled[1]}${waitForLinks(links)}`;
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

/**
 * One line of shell that waits until the links are block devices. Links of partitions that the script makes later cannot be there
 * yet, so it is content when there are some and no new one came within a second; without any it fails.
 */
function waitForLinks(links: readonly string[]): string {
  if (links.length === 0) return ": # udevadm settle";
  const list = links.map((link) => `'${link}'`).join(" ");
  const count = `n=0; for l in ${list}; do [ -b "$l" ] && n=$((n + 1)); done`;
  const isSettled = `[ $n -eq ${links.length} ] || { [ $n -gt 0 ] && [ $n -eq $last ]; }`;
  const wait = `i=0; n=0; last=-1; while [ $i -lt ${waitSeconds} ]; do ${count}; if ${isSettled}; then break; fi; last=$n; i=$((i + 1)); sleep 1; done`;
  const fail = `[ $n -gt 0 ] || { echo "none of the partition links appeared within ${waitSeconds} s: ${links.join(" ")}" >&2; exit 1; }`;
  return `${wait}; ${fail} # udevadm settle`;
}
