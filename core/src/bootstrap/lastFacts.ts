import { readRunState } from "./readRun.ts";
import { runDirectory } from "./runDirectory.ts";
import { summarizeRuns } from "./runSummary.ts";
import type { TargetFacts } from "./targetFacts.ts";

/** What a bootstrap saw of the machine of a host. */
export interface HostFacts {
  /** Absolute path of the flake's directory. */
  readonly flake: string;
  readonly host: string;
  readonly facts: TargetFacts;
}

/** What the last bootstrap of each host saw, of all runs below a directory. */
export async function lastFacts(root: string): Promise<HostFacts[]> {
  const found: HostFacts[] = [];
  for (const { id, flake, host, status } of await summarizeRuns(root)) {
    if (flake === undefined || status === "written by a newer nixos-vps") continue;
    if (found.some((other) => other.flake === flake && other.host === host)) continue;
    const { plan } = await readRunState(runDirectory(root, id));
    if (plan) found.push({ flake, host, facts: plan.facts });
  }
  return found;
}
