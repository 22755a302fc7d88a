import { type CheckedFlake, checkWorkspaceMethod } from "../../core/src/protocol.ts";
import { untilCancelled } from "./cancellation.ts";
import type { FileReports } from "./fileReports.ts";
import { findingCounts } from "./findingCounts.ts";
import type { Session } from "./session.ts";

/** Answers `nixosVps/checkWorkspace`. */
export function registerCheckWorkspace({ connection, workspaces }: Session, reports: FileReports): void {
  connection.onRequest(checkWorkspaceMethod, async (token): Promise<CheckedFlake[]> => {
    await untilCancelled(workspaces.recheck(), token);
    const checked: CheckedFlake[] = [];
    for (const flake of await workspaces.flakes()) {
      await untilCancelled(reports.all(flake), token);
      const isOwn = (file: string): boolean => workspaces.owns(flake, file);
      checked.push({
        root: flake.uri,
        hosts: flake.project.hosts().length,
        files: flake.project.files().filter(isOwn).length,
        findings: findingCounts(flake.project.findings().filter(({ file }) => isOwn(file))),
      });
    }
    return checked;
  });
}
