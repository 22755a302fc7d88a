import type { ClosureAnalysis } from "./analyseClosure.ts";
import { at } from "./closureGraph.ts";
import type { AddedBy } from "./measurement.ts";
import { withoutPaths } from "./withoutPaths.ts";

/** What one module adds to a closure. */
export interface AddedByFile {
  readonly file: string;
  /** Bytes that vanish with what this module alone adds. */
  readonly bytes: number;
  /** One a path, heaviest first. */
  readonly places: readonly AddedPath[];
}

export interface AddedPath {
  readonly place: AddedBy;
  /** The place of the path in the measurement. */
  readonly path: number;
  /** Bytes that vanish with the path. */
  readonly retainedBytes: number;
  /** Other modules that add it too: it stays when this one no longer does. */
  readonly alsoBy: readonly AddedBy[];
}

/** What each module adds, heaviest first. */
export function addedBytes({ measurement, graph, retainedBytes }: ClosureAnalysis): AddedByFile[] {
  const files = new Map<string, AddedPath[]>();
  for (const path of graph.order) {
    const addedBy = measurement.paths[path]?.addedBy ?? [];
    for (const place of addedBy) {
      const alsoBy = addedBy.filter(({ file }) => file !== place.file);
      const known = files.get(place.file) ?? [];
      if (known.some((other) => other.path === path)) continue;
      files.set(place.file, [...known, { place, path, retainedBytes: at(retainedBytes, path), alsoBy }]);
    }
  }
  return [...files]
    .map(([file, places]): AddedByFile => {
      const alone = places.filter(({ alsoBy }) => alsoBy.length === 0).map(({ path }) => path);
      return {
        file,
        bytes: withoutPaths(graph, alone).freedBytes,
        places: places.sort((a, b) => b.retainedBytes - a.retainedBytes || a.path - b.path),
      };
    })
    .sort((a, b) => b.bytes - a.bytes || (a.file < b.file ? -1 : 1));
}
