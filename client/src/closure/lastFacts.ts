import { readRunState } from "../../../core/src/bootstrap/readRun.ts";
import { runDirectory, runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import { summarizeRuns } from "../../../core/src/bootstrap/runSummary.ts";
import type { TargetFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { hostKey } from "./hostClosure.ts";

/** What the last bootstrap of each host saw of its machine, by `hostKey`. */
export async function lastFacts(): Promise<ReadonlyMap<string, TargetFacts>> {
  const root = runsRoot();
  const facts = new Map<string, TargetFacts>();
  for (const { id, flake, host, status } of await summarizeRuns(root)) {
    if (flake === undefined || status === "written by a newer nixos-vps") continue;
    const key = hostKey({ flake, name: host });
    if (facts.has(key)) continue;
    const { plan } = await readRunState(runDirectory(root, id));
    if (plan) facts.set(key, plan.facts);
  }
  return facts;
}
