import { type CheckedFlake, checkWorkspaceMethod } from "../../core/src/protocol.ts";
import { untilCancelled } from "./cancellation.ts";
import { findingCounts } from "./findingCounts.ts";
import type { Session } from "./session.ts";

/** Answers `nixosVps/checkWorkspace`. */
export function registerCheckWorkspace({ connection, workspaces }: Session): void {
  connection.onRequest(checkWorkspaceMethod, async (token): Promise<CheckedFlake[]> => {
    await untilCancelled(workspaces.recheck(), token);
    const flakes = await workspaces.flakes();
    return flakes.map((flake): CheckedFlake => {
      const isOwn = (file: string): boolean => workspaces.owns(flake, file);
      return {
        root: flake.uri,
        hosts: flake.project.hosts().length,
        files: flake.project.files().filter(isOwn).length,
        findings: findingCounts(flake.project.findings().filter(({ file }) => isOwn(file))),
      };
    });
  });
}
