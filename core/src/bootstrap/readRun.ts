import { createJournalReader } from "./journalReader.ts";
import type { BootstrapRequest } from "./request.ts";
import { type RunDirectory, readIfThere } from "./runDirectory.ts";
import { applyEvent, type RunState, runStateOf } from "./runState.ts";

/** What a journal comes to, without what only passes by. Throws `JournalTooNew`. */
export async function readRunState({ journal }: RunDirectory): Promise<RunState> {
  let state = runStateOf([]);
  await createJournalReader(journal, { leavesOutPassing: true }).read((events) => {
    state = events.reduce(applyEvent, state);
  });
  return state;
}

/** What was asked for when a run was started: a file that this program wrote itself, or nothing. */
export function readRunRequest({ request }: RunDirectory): Partial<BootstrapRequest> {
  try {
    return JSON.parse(readIfThere(request) ?? "{}") as Partial<BootstrapRequest>;
  } catch {
    return {};
  }
}
