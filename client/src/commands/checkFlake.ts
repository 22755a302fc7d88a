import { commands, ProgressLocation, window } from "vscode";
import type { Context } from "../context.ts";
import { type CheckWorkspaceResult, checkWorkspaceRequest } from "../protocol.ts";
import { count } from "../statusText.ts";

/** Checks every Nix file of the workspace, opened or not, and shows what was found in the Problems view. */
export async function checkFlake({ server, log }: Context): Promise<void> {
  const checked = await window.withProgress(
    { location: ProgressLocation.Notification, title: "NixOS VPS: checking the whole flake", cancellable: true },
    async (_progress, token): Promise<CheckWorkspaceResult | "cancelled" | "failed"> => {
      try {
        return await server.request<CheckWorkspaceResult>(checkWorkspaceRequest, token);
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
  if (checked.findings > 0) {
    await commands.executeCommand("workbench.panel.markers.view.focus");
    return;
  }
  await window.showInformationMessage(
    `Nothing found in ${count(checked.files, "Nix file")} of ${count(checked.hosts, "host")}.`,
  );
}
