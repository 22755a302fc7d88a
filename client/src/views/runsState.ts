import { commands, type Disposable } from "vscode";
import type { BootstrapController } from "../bootstrap/bootstrapController.ts";

/**
 * Keeps the context keys `nixosVps.hasRuns` and `nixosVps.hasProvenRun`: whether this computer has ever begun to install a host, and
 * whether one is installed and proven.
 */
export function keepRunsState({ tracker, runs }: Pick<BootstrapController, "tracker" | "runs">): Disposable {
  return tracker.onDidChangeList(async () => {
    const known = await runs();
    const isProven = known.some(({ status }) => status === "installed");
    await commands.executeCommand("setContext", "nixosVps.hasRuns", known.length > 0);
    await commands.executeCommand("setContext", "nixosVps.hasProvenRun", isProven);
  });
}
