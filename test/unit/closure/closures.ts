import type { MeasuredPath, Measurement } from "../../../core/src/closure/measurement.ts";

/** Paths by name, with their bytes and the names they refer to; the first is the system. */
export type ClosureOutline = Readonly<Record<string, readonly [ownBytes: number, ...references: string[]]>>;

/** The store path that a name stands for in tests. */
export function storePath(name: string): string {
  let hash = 0n;
  for (const character of name) hash = (hash * 131n + BigInt(character.codePointAt(0) ?? 0)) % 2n ** 160n;
  const digits = "0123456789abcdfghijklmnpqrsvwxyz";
  const text = Array.from({ length: 32 }, (_, place) => digits[Number((hash >> BigInt(place * 5)) & 31n)]).join("");
  return `/nix/store/${text}-${name}`;
}

export function outlinedMeasurement(outline: ClosureOutline, more: Partial<Measurement> = {}): Measurement {
  const names = Object.keys(outline);
  const paths = Object.entries(outline).map(
    ([name, [ownBytes, ...references]]): MeasuredPath => ({
      path: storePath(name),
      ownBytes,
      references: references.map((reference) => names.indexOf(reference)),
      addedBy: [],
    }),
  );
  return {
    version: 1,
    flake: "/flake",
    host: "vps",
    measuredAt: "2026-01-02T03:04:05.000Z",
    root: storePath(names[0] ?? ""),
    paths,
    ...more,
  };
}
