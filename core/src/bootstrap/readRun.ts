import type { RunEvent } from "./events.ts";
import { createJournalReader } from "./journalReader.ts";
import type { BootstrapRequest } from "./request.ts";
import { type RunDirectory, readIfThere } from "./runDirectory.ts";
import { type RunState, runStateOf } from "./runState.ts";

/** The events of a journal without those that only pass by. Throws `JournalTooNew`. */
export async function readRunEvents({ journal }: RunDirectory): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  await createJournalReader(journal, { leavesOutPassing: true }).read((events) => {
    all.push(...events);
  });
  return all;
}

/** What they come to. Throws `JournalTooNew`. */
export async function readRunState(directory: RunDirectory): Promise<RunState> {
  return runStateOf(await readRunEvents(directory));
}

/** What was asked for when a run was started: a file that this program wrote itself, or nothing. */
export function readRunRequest({ request }: RunDirectory): Partial<BootstrapRequest> {
  try {
    return JSON.parse(readIfThere(request) ?? "{}") as Partial<BootstrapRequest>;
  } catch {
    return {};
  }
}
