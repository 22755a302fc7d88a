import { inspectBuildHost } from "../../../core/src/bootstrap/inspectBuildHost.ts";
import type { PreflightFinding } from "../../../core/src/bootstrap/preflight.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { NixFailed } from "../../../core/src/nix/runNix.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Terminal } from "../terminal.ts";

/** Looks whether the machine that is to build can. Throws `CannotRun` when there is no Nix here. */
export async function inspectBuildHostOnce(
  request: Pick<BootstrapRequest, "buildHost" | "sshConfig">,
  terminal: Terminal,
): Promise<PreflightFinding[]> {
  if (!request.buildHost) return [];
  const controller = new AbortController();
  terminal.onInterrupt(() => controller.abort(new CannotRun("interrupted")));
  terminal.progress(`looking at ${request.buildHost}`);
  try {
    return await inspectBuildHost(request, controller.signal);
  } catch (error) {
    throw error instanceof NixFailed ? new CannotRun(error.message) : error;
  } finally {
    terminal.progress("");
  }
}
