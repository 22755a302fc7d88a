const units = [
  [1e12, "TB"],
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
] as const;

/** By unit in lower case; `20G` is read as decimal as well. */
const factors: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ...["k", "m", "g", "t"].flatMap((prefix, index): [string, number][] => {
    const [decimal, binary] = [1e3 ** (index + 1), 2 ** (10 * (index + 1))];
    return [
      [prefix, decimal],
      [`${prefix}b`, decimal],
      [`${prefix}ib`, binary],
    ];
  }),
]);

/** `2.6 GB`, `620 MB`, `12 kB`, `0 B`: decimal units, as disks are sold; two digits below ten. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes);
  // 999,950,000 rounds to 1000 MB, which is 1 GB.
  const [factor, unit] = units.find(([least]) => size >= least * 0.9995) ?? [1, "B"];
  const value = bytes / factor;
  return `${Math.abs(value) >= 9.95 || factor === 1 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, "")} ${unit}`;
}

/** `+120 MB`, `-1.9 GB`, `±0 B`. */
export function formatByteDifference(bytes: number): string {
  return bytes === 0 ? "±0 B" : `${bytes > 0 ? "+" : "-"}${formatBytes(Math.abs(bytes))}`;
}

/** Reads `3 GB`, `500MB`, `1.5 GiB`, `20G`, or a number of bytes; undefined when it is no size. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text) ?? [];
  const factor = factors.get(unit?.toLowerCase() ?? "?");
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
}
