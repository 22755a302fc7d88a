/**
 * The disks that a disko script partitions, as its own text names them: it begins with a loop over all of them (disko
 * lib/default.nix, `for dev in …; do disk-deactivate`). Undefined when the text has another form.
 */
export function diskoScriptDisks(text: string): string[] | undefined {
  const list = /^\s*for dev in ([^;\n]+);?\s*(?:\n\s*)?do\b/m.exec(text)?.[1];
  const disks = list
    ?.trim()
    .split(/\s+/)
    .map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
  return disks?.every((disk) => disk.startsWith("/dev/")) ? disks : undefined;
}
