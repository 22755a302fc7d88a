import type { ClosureAnalysis } from "./analyseClosure.ts";
import type { AddedBy } from "./measurement.ts";
import { withoutPaths } from "./withoutPaths.ts";

/** What one place in a module puts into the closure. */
export interface PlaceShare {
  readonly place: AddedBy;
  /** What is added there, places in the measurement. */
  readonly paths: readonly number[];
  /** Bytes that would vanish with what is added there and nowhere else. */
  readonly freedBytes: number;
}

/** What one file puts into the closure. */
export interface ModuleShare {
  readonly file: string;
  /** The heaviest first. */
  readonly places: readonly PlaceShare[];
  /** Bytes that would vanish with what is added in this file and in no other; more than its places free one by one. */
  readonly freedBytes: number;
}

/** Who put how much into the closure, the heaviest first. */
export function moduleShares({ measurement, graph }: ClosureAnalysis): ModuleShare[] {
  const files = new Map<string, Map<string, { place: AddedBy; paths: Set<number> }>>();
  for (const node of graph.order) {
    for (const place of measurement.paths[node]?.addedBy ?? []) {
      const places = files.get(place.file) ?? new Map<string, { place: AddedBy; paths: Set<number> }>();
      files.set(place.file, places);
      const key = JSON.stringify([place.line, place.option]);
      const known = places.get(key) ?? { place, paths: new Set<number>() };
      places.set(key, known);
      known.paths.add(node);
    }
  }
  const freed = (paths: Iterable<number>, isOwn: (place: AddedBy) => boolean): number => {
    const own = [...paths].filter((node) => (measurement.paths[node]?.addedBy ?? []).every(isOwn));
    return own.length === 0 ? 0 : withoutPaths(graph, own).freedBytes;
  };
  const shares = [...files].map(([file, places]): ModuleShare => {
    const placeShares = [...places.values()].map(({ place, paths }): PlaceShare => {
      const isHere = (other: AddedBy): boolean =>
        other.file === file && other.line === place.line && other.option === place.option;
      return { place, paths: [...paths], freedBytes: freed(paths, isHere) };
    });
    const all = new Set(placeShares.flatMap(({ paths }) => paths));
    return {
      file,
      places: placeShares.sort((a, b) => b.freedBytes - a.freedBytes),
      freedBytes: freed(all, (other) => other.file === file),
    };
  });
  return shares.sort((a, b) => b.freedBytes - a.freedBytes || (a.file < b.file ? -1 : 1));
}
