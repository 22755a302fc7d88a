/** Bytes that a disk must have for a system: the closure, and what file system and boot partition add to it. */
export function neededDiskBytes(closureBytes: number): number {
  return closureBytes * 1.1;
}
