import { inspectScript } from "./inspectScript.ts";
import { parseInspection } from "./parseInspection.ts";
import type { Remote } from "./remote.ts";
import type { TargetFacts } from "./targetFacts.ts";

const timeoutMs = 60_000;

/** Reads a machine by one command that changes nothing. Throws what `Remote.run` throws, and `InspectionIncomplete`. */
export async function inspectTarget(remote: Remote, signal: AbortSignal): Promise<TargetFacts> {
  const { stdout } = await remote.run("sh -s", { timeoutMs, signal, stdin: inspectScript });
  return parseInspection(stdout);
}

/** The system and the memory of a machine in a few words. */
export function describeTarget({ os, memory }: TargetFacts): string {
  const system = os === "unknown" ? "an unknown system" : os.name === "unknown" || os.name === "" ? os.id : os.name;
  return memory === "unknown" ? system : `${system}, ${Math.round(memory.totalKiB / 1024)} MiB of memory`;
}
