import type { PathInfo } from "../../nix/pathInfo.ts";
import { NixFailed } from "../../nix/runNix.ts";
import type { MeasuredPath } from "../measurement.ts";

/**
 * Paths of a closure with references by place. A path refers to itself when it has its own name in it, which says nothing here.
 * Throws `NixFailed` when the root is not among them, or refers to what is no longer there.
 */
export function measuredPaths(infos: readonly PathInfo[], root: string): MeasuredPath[] {
  const places = new Map(infos.map(({ path }, place) => [path, place]));
  if (!places.has(root)) throw new NixFailed("failed", `Nix does not have ${root} among the paths of its own closure.`);
  return infos.map(({ path, narSize, references }): MeasuredPath => {
    const found = new Set<number>();
    for (const reference of references) {
      if (reference === path) continue;
      const place = places.get(reference);
      if (place === undefined)
        throw new NixFailed(
          "failed",
          `${path} refers to ${reference}, which the store no longer has. nix-store --verify --check-contents --repair mends it.`,
        );
      found.add(place);
    }
    return { path, ownBytes: narSize, references: [...found], addedBy: [] };
  });
}
