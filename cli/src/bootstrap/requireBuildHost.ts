import { BuildHostIsTarget, requireOtherBuildHost } from "../../../core/src/bootstrap/buildHost.ts";
import { SshConfigurationError } from "../../../core/src/bootstrap/openSsh.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { CannotRun } from "../cannotRun.ts";

/** Throws `CannotRun` when the machine that is to build is none, or is the target; nothing is contacted. */
export async function requireBuildHost(
  request: Pick<BootstrapRequest, "buildHost" | "sshConfig" | "target" | "port">,
): Promise<void> {
  if (request.buildHost && /\s/.test(request.sshConfig ?? ""))
    throw new CannotRun(`--ssh-config ${request.sshConfig}: with --build-host its path cannot have spaces, for Nix`);
  try {
    await requireOtherBuildHost(request);
  } catch (error) {
    const isExpected = error instanceof BuildHostIsTarget || error instanceof SshConfigurationError;
    throw isExpected ? new CannotRun(error.message) : error;
  }
}
