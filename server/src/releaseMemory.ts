import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { debounce } from "./debounce.ts";
import type { Session } from "./session.ts";

const idleMs = 2_000;

/**
 * Gives memory back once nothing has changed for a while: V8 keeps what a burst of edits leaves behind until it needs the room, which
 * on a machine with enough memory is never.
 */
export function releaseMemoryWhenIdle({ workspaces }: Session): void {
  // V8 gives its collector to contexts that are made after the flag is set.
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") return;
  const schedule = debounce(idleMs, async () => collect());
  workspaces.onChange(schedule);
}
