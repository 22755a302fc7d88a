import type { RunEvent } from "./events.ts";
import { stepIds } from "./stepId.ts";

/**
 * Whether what was built has to be built again when a run is taken up: the last failure is one that a changed configuration remedies,
 * and nothing was built since.
 */
export function rebuildIsDue(events: readonly RunEvent[]): boolean {
  const failed = events.findLast((event) => event.type === "step-failed");
  if (!failed || stepIds.indexOf(failed.resumeFrom) > stepIds.indexOf("build")) return false;
  return !events.some((event) => event.seq > failed.seq && event.type === "step-finished" && event.step === "build");
}
