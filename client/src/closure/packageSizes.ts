import { relative, sep } from "node:path";
import type { ClosureAnalysis } from "../../../core/src/closure/analyseClosure.ts";
import { at } from "../../../core/src/closure/closureGraph.ts";
import { withoutPaths } from "../../../core/src/closure/withoutPaths.ts";

/** What one package takes in the closure of one host, in bytes. */
export interface PackageSize {
  readonly ownBytes: number;
  readonly closureBytes: number;
  readonly retainedBytes: number;
}

/** Sizes of packages by the file that lists them and the text they are written as. */
export interface PackageSizes {
  /** Undefined when nothing of the closure was added by that file under that text. */
  find(file: string, text: string): PackageSize | undefined;
}

/** Finds what a measurement laid at a package in a module; the line may have moved since, the text has not. */
export function packageSizes({ measurement, graph, closureBytes }: ClosureAnalysis): PackageSizes {
  const nodes = new Map<string, number[]>();
  for (const node of graph.order) {
    for (const { file, package: text } of measurement.paths[node]?.addedBy ?? []) {
      if (text === undefined) continue;
      const key = keyOf(file, text);
      const known = nodes.get(key);
      if (known) known.push(node);
      else nodes.set(key, [node]);
    }
  }
  const sizes = new Map<string, PackageSize>();
  return {
    find(file, text) {
      const key = keyOf(relative(measurement.flake, file).split(sep).join("/"), text);
      const found = nodes.get(key);
      if (!found) return undefined;
      const size = sizes.get(key) ?? {
        ownBytes: found.reduce((bytes, node) => bytes + at(graph.ownBytes, node), 0),
        // The outputs of a package mostly need each other: what they need is not counted twice.
        closureBytes: Math.max(...found.map((node) => at(closureBytes, node))),
        retainedBytes: withoutPaths(graph, found).freedBytes,
      };
      sizes.set(key, size);
      return size;
    },
  };
}

function keyOf(file: string, text: string): string {
  return `${file}\0${text}`;
}
