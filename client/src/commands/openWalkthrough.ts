import { commands } from "vscode";
import type { Context } from "../context.ts";

export async function openWalkthrough({ extension }: Context): Promise<void> {
  await commands.executeCommand("workbench.action.openWalkthrough", `${extension.extension.id}#start`, false);
}
