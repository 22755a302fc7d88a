import { commands, ProgressLocation, window } from "vscode";
import { type CheckedFlake, checkWorkspaceMethod, type FindingCounts } from "../../../core/src/protocol.ts";
import type { Context } from "../context.ts";
import { count } from "../statusText.ts";

/** Checks every Nix file of the workspace, opened or not, and shows what was found in the Problems view. */
export async function checkFlake({ server, log }: Context): Promise<void> {
  const checked = await window.withProgress(
    { location: ProgressLocation.Notification, title: "NixOS VPS: checking the whole flake", cancellable: true },
    async (_progress, token): Promise<readonly CheckedFlake[] | "cancelled" | "failed"> => {
      try {
        return await server.request<readonly CheckedFlake[]>(checkWorkspaceMethod, token);
      } catch (error) {
        if (token.isCancellationRequested) return "cancelled";
        log.error(error instanceof Error ? error : String(error));
        return "failed";
      }
    },
  );
  if (checked === "cancelled") return;
  if (checked === "failed") {
    const choice = await window.showErrorMessage("The flake could not be checked.", "Show Log");
    if (choice === "Show Log") log.show();
    return;
  }
  if (checked.some(({ findings }) => total(findings) > 0)) {
    await commands.executeCommand("workbench.panel.markers.view.focus");
    return;
  }
  const files = checked.reduce((sum, flake) => sum + flake.files, 0);
  const hosts = checked.reduce((sum, flake) => sum + flake.hosts, 0);
  const ofHosts = hosts === 0 ? "" : ` of ${count(hosts, "host")}`;
  await window.showInformationMessage(`Nothing found in ${count(files, "Nix file")}${ofHosts}.`);
}

function total(findings: FindingCounts): number {
  return Object.values(findings).reduce((sum, number) => sum + number, 0);
}
