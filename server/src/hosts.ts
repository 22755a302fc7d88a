import { type FlakeHosts, hostsMethod } from "../../core/src/protocol.ts";
import { untilCancelled } from "./cancellation.ts";
import { findingCounts } from "./findingCounts.ts";
import type { Session } from "./session.ts";

/** Answers `nixosVps/hosts`. */
export function registerHosts({ connection, workspaces }: Session): void {
  connection.onRequest(hostsMethod, async (token): Promise<FlakeHosts[]> => {
    const flakes = await untilCancelled(workspaces.flakes(), token);
    return flakes.map((flake) => ({
      root: flake.uri,
      hosts: flake.project.hosts().map((host) => ({
        name: host.name,
        uri: workspaces.uriOf(host.file),
        range: flake.range(host),
        modules: host.modules.length,
        complete: host.complete,
        findings: findingCounts(flake.project.findings().filter(({ hosts }) => hosts.includes(host.name))),
      })),
    }));
  });
}
