import type { Machine } from "./machine.ts";
import { shellQuote } from "./shellQuote.ts";

/** On the old system alone: no other system knows of it, and disko makes an end of it. */
export const swapFilePath = "/nixos-vps.swap";

/**
 * Shell that gives the old system a swap file, unless it has it. A file that copies on write (btrfs) or has holes (some file systems
 * after fallocate) is refused by swapon(8), so it is written in full then. Prints `swap file MIB`; fails with the reason.
 */
export function swapFileScript(sizeMiB: number): string {
  return `
file=${shellQuote(swapFilePath)}
make_swap_file() {
  if awk -v file="$file" '$1 == file { found = 1 } END { exit !found }' /proc/swaps; then echo "the swap file is on already"; return; fi
  rm -f "$file"
  ( umask 077; : > "$file" ) || return 1
  chattr +C "$file" 2>/dev/null || :
  fallocate -l ${sizeMiB}M "$file" 2>/dev/null && mkswap "$file" > /dev/null && swapon "$file" 2>/dev/null ||
    { dd if=/dev/zero of="$file" bs=1M count=${sizeMiB} 2>/dev/null && mkswap "$file" > /dev/null && swapon "$file"; } || { rm -f "$file"; return 1; }
  echo "swap file ${sizeMiB} MiB"
}
make_swap_file
`;
}

const removeScript = `
file=${shellQuote(swapFilePath)}
if awk -v file="$file" '$1 == file { found = 1 } END { exit !found }' /proc/swaps; then swapoff "$file" || exit 1; fi
rm -f "$file"
`;

const removeTimeoutMs = 30_000;

/** Takes the swap file from the old system again; resolves to whether it is gone. A run that is over has no other signal than its own. */
export async function removeSwapFile(machine: Machine): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(removeTimeoutMs);
    return (await machine.sh("old", removeScript, { timeoutMs: removeTimeoutMs, signal })).exitCode === 0;
  } catch {
    return false;
  }
}
