import type { ClosureAnalysis } from "./analyseClosure.ts";
import { closurePackages } from "./packages.ts";

/** What became of a package from one closure to another. */
export interface PackageDifference {
  readonly name: string;
  readonly kind: "added" | "removed" | "version" | "size";
  /** Versions in order; an empty one is a package without a version. */
  readonly versionsBefore: readonly string[];
  readonly versionsAfter: readonly string[];
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

export interface ClosureDifference {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly pathsBefore: number;
  readonly pathsAfter: number;
  /** What differs in version or size, the largest change of size first. */
  readonly packages: readonly PackageDifference[];
}

export function compareClosures(before: ClosureAnalysis, after: ClosureAnalysis): ClosureDifference {
  const old = byName(before);
  const current = byName(after);
  const names = new Set([...old.keys(), ...current.keys()]);
  const packages = [...names].flatMap((name): PackageDifference[] => {
    const from = old.get(name);
    const to = current.get(name);
    const versionsBefore = from?.versions ?? [];
    const versionsAfter = to?.versions ?? [];
    const sameVersions = versionsBefore.join(" ") === versionsAfter.join(" ");
    const bytesBefore = from?.bytes ?? 0;
    const bytesAfter = to?.bytes ?? 0;
    if (from && to && sameVersions && bytesBefore === bytesAfter) return [];
    const kind = !from ? "added" : !to ? "removed" : sameVersions ? "size" : "version";
    return [{ name, kind, versionsBefore, versionsAfter, bytesBefore, bytesAfter }];
  });
  const change = (each: PackageDifference): number => Math.abs(each.bytesAfter - each.bytesBefore);
  return {
    bytesBefore: before.totalBytes,
    bytesAfter: after.totalBytes,
    pathsBefore: before.pathCount,
    pathsAfter: after.pathCount,
    packages: packages.sort((a, b) => change(b) - change(a) || (a.name < b.name ? -1 : 1)),
  };
}

function byName(analysis: ClosureAnalysis): Map<string, { versions: string[]; bytes: number }> {
  const names = new Map<string, { versions: string[]; bytes: number }>();
  for (const { name, version, ownBytes } of closurePackages(analysis)) {
    const known = names.get(name) ?? { versions: [], bytes: 0 };
    known.versions.push(version);
    known.bytes += ownBytes;
    names.set(name, known);
  }
  for (const { versions } of names.values()) versions.sort();
  return names;
}
