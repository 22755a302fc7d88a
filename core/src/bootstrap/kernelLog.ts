/** Messages of the kernel that mean that what is read from or written to a disk is lost. */
const damage =
  /attempt to access beyond end of device|I\/O error|Read-error on swap-device|Buffer I\/O error|EXT4-fs error|BTRFS.*(?:error|corrupt)|XFS.*(?:corrupt|error)/i;

/** Messages that a disk which is being repartitioned always brings. */
const harmless = /fd0|sr0|\bloop\d/;

/** The first message of the kernel that reports damage of a disk. */
export function diskDamage(lines: readonly string[]): string | undefined {
  return lines.find((line) => damage.test(line) && !harmless.test(line));
}

const outOfMemory = /invoked oom-killer|Out of memory: Killed process/;

export function killedForMemory(lines: readonly string[]): string | undefined {
  return lines.find((line) => outOfMemory.test(line));
}
