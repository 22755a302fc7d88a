import { isNumbered, isRunEvent } from "./isRunEvent.ts";
import { addToSeries, emptySeries, type MemorySeries } from "./memorySeries.ts";
import { appendToLog, emptyLog, type RunLog } from "./runLog.ts";
import { applyEvent, type RunState, runStateOf } from "./runState.ts";

/** What is drawn of a run, as plain JSON of bounded size. */
export interface RunView {
  /** The number of the event that comes next. */
  readonly next: number;
  /** Events that never came. */
  readonly missing: number;
  readonly state: RunState;
  readonly log: RunLog;
  readonly memory: MemorySeries;
}

export const emptyView: RunView = { next: 1, missing: 0, state: runStateOf([]), log: emptyLog, memory: emptySeries };

/**
 * A view after further events of the journal, in whatever portions they come. Events that it has by their number are left out, as
 * are those of a type that is not known or that lack what their type has; those that were left out by others are counted.
 */
export function applyEvents(view: RunView, events: readonly unknown[]): RunView {
  const added = [];
  let { next, missing, state, memory } = view;
  for (const event of events) {
    if (!isNumbered(event) || event.seq < next) continue;
    missing += event.seq - next;
    next = event.seq + 1;
    if (!isRunEvent(event)) continue;
    added.push(event);
    state = applyEvent(state, event);
    memory = addToSeries(memory, event);
  }
  return { next, missing, state, memory, log: appendToLog(view.log, added) };
}
