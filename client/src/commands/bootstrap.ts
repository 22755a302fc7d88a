import { workspace } from "vscode";
import type { Context } from "../context.ts";

/** Installs a host of the flake on a machine; the argument, of a lens or a view, names the host. */
export async function bootstrap({ bootstrap: controller }: Context, argument?: unknown): Promise<void> {
  if (!workspace.isTrusted) {
    controller.showError(new Error("Trust this workspace first: a bootstrap evaluates and builds what is in it."));
    return;
  }
  await controller.bootstrap(hostOf(argument)).catch(controller.showError);
}

/** A host as lenses and items of views name it. */
export function hostOf(argument: unknown): { readonly flake: string; readonly name: string } | undefined {
  if (typeof argument !== "object" || argument === null || !("flake" in argument) || !("name" in argument))
    return undefined;
  const { flake, name } = argument;
  return typeof flake === "string" && typeof name === "string" ? { flake, name } : undefined;
}
