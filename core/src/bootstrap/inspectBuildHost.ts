import { pingStore } from "../nix/pingStore.ts";
import { NixFailed } from "../nix/runNix.ts";
import { buildHostStore } from "./buildHost.ts";
import { diagnoseBuildHost } from "./diagnose.ts";
import { type Failure, failureOf } from "./failures.ts";
import type { PreflightFinding } from "./preflight.ts";
import type { BootstrapRequest } from "./request.ts";

const timeoutMs = 60_000;

/**
 * Looks whether the build host can be reached and has Nix, and whether Nix here will take what it builds; changes nothing. No findings
 * when it is this computer that builds. Throws `NixFailed` when there is no Nix here.
 */
export async function inspectBuildHost(
  request: Pick<BootstrapRequest, "buildHost" | "sshConfig">,
  signal: AbortSignal,
): Promise<PreflightFinding[]> {
  const store = buildHostStore(request);
  if (!store) return [];
  try {
    await pingStore({ timeoutMs, signal, store });
  } catch (error) {
    if (!(error instanceof NixFailed) || error.reason === "missing") throw error;
    const lines = [...error.output.split("\n"), error.message];
    const { failure, evidence } = diagnoseBuildHost(lines) ?? {
      failure: failureOf("build-host-unreachable"),
      evidence: error.message,
    };
    return [finding(failure, `${store.name} cannot build: ${evidence}`)];
  }
  const { trusted } = await pingStore({ timeoutMs, signal });
  if (trusted !== false) return [];
  return [
    finding(
      failureOf("unsigned-paths"),
      `Nix on this computer does not trust you, and takes what ${store.name} builds only when that is signed.`,
    ),
  ];
}

function finding({ id, remedy }: Failure, message: string): PreflightFinding {
  return { id, severity: "error", message, remedy };
}
