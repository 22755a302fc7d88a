import { FactsInvalid, parseFacts } from "./parseFacts.ts";
import { readRunEvents } from "./readRun.ts";
import { runDirectory } from "./runDirectory.ts";
import { notesOf } from "./runNotes.ts";
import { summarizeRuns } from "./runSummary.ts";
import { type SeenMachine, seenMachine } from "./seenMachine.ts";
import { listOf, number, text } from "./shape.ts";

/** The machine of a host, as the last bootstrap saw it. */
export interface HostMachine extends SeenMachine {
  /** Absolute path of the flake's directory. */
  readonly flake: string;
  readonly host: string;
}

const isDevices = listOf(text);

/** The machines that the last bootstrap of each host saw, of all runs below a directory. */
export async function lastMachines(root: string): Promise<HostMachine[]> {
  const found: HostMachine[] = [];
  for (const { id, flake, host, status } of await summarizeRuns(root)) {
    if (flake === undefined || status === "written by a newer nixos-vps" || status === "cannot be read") continue;
    if (found.some((other) => other.flake === flake && other.host === host)) continue;
    const machine = await machineOfRun(root, id);
    if (machine) found.push({ flake, host, ...machine });
  }
  return found;
}

/** Undefined while the run has not seen its target. An older program knew fewer facts, which are then unknown. */
async function machineOfRun(root: string, id: string): Promise<SeenMachine | undefined> {
  const events = await readRunEvents(runDirectory(root, id));
  const planned = events.findLast((event) => event.type === "planned");
  if (!planned) return undefined;
  const { disks } = notesOf(events);
  const initrdMiB = planned.plan.image?.initrdMiB;
  try {
    const facts = parseFacts(JSON.stringify(planned.plan.facts));
    const machine = seenMachine(facts, isDevices(disks) ? disks : []);
    return number(initrdMiB) ? { ...machine, initrdMiB } : machine;
  } catch (error) {
    if (error instanceof FactsInvalid) return undefined;
    throw error;
  }
}
