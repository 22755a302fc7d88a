import { type ListedPackage, type ListedPackagesParams, listedPackagesMethod } from "../../core/src/protocol.ts";
import type { Place } from "../../core/src/syntax/place.ts";
import { untilCancelled } from "./cancellation.ts";
import { documentPath } from "./documentPath.ts";
import type { Session } from "./session.ts";

/** Answers `nixosVps/listedPackages`. */
export function registerListedPackages({ connection, workspaces }: Session): void {
  connection.onRequest(listedPackagesMethod, async ({ uri }: ListedPackagesParams, token): Promise<ListedPackage[]> => {
    const path = documentPath(uri);
    const flake = await untilCancelled(workspaces.flakeOf(path), token);
    if (!flake) return [];
    const found = new Map<number, { at: Place; text: string; hosts: string[] }>();
    for (const { name } of flake.project.hosts()) {
      for (const { at, text } of flake.project.writtenAdditions(name)) {
        if (at.file !== path || text === "") continue;
        const known = found.get(at.start) ?? { at, text, hosts: [] };
        found.set(at.start, known);
        if (!known.hosts.includes(name)) known.hosts.push(name);
      }
    }
    return [...found.values()]
      .sort((a, b) => a.at.start - b.at.start)
      .map(({ at, text, hosts }) => ({ range: flake.range(at), text, root: flake.uri, hosts }));
  });
}
