import type { RunEvent } from "../../../core/src/bootstrap/events.ts";
import { applyEvent, runStateOf } from "../../../core/src/bootstrap/runState.ts";
import { elapsed } from "../../../core/src/durations.ts";
import type { Terminal } from "../terminal.ts";
import { eventLine } from "./eventLine.ts";
import { liveView } from "./liveView.ts";

export interface RunView {
  show(event: RunEvent): void;
  /** Takes the live lines away; what was said stays. */
  end(): void;
}

export interface RunViewOptions {
  readonly json: boolean;
  /** Answers a question of the run; resolves to whether it is what the question expects. */
  readonly answer: (question: string, value: string) => boolean | Promise<boolean>;
  /** Aborted when nobody waits for an answer any more. */
  readonly signal: AbortSignal;
  /** Called when the input ends (Ctrl-D) while an answer is waited for. */
  readonly onInputEnd?: () => void;
}

/** Shows a run on a terminal as it goes on, and takes answers to its questions there; elsewhere as lines. */
export function createRunView(terminal: Terminal, { json, answer, signal, onInputEnd }: RunViewOptions): RunView {
  let state = runStateOf([]);

  async function readAnswer(question: string): Promise<void> {
    while (state.question?.id === question && !signal.aborted) {
      const typed = await terminal.readLine("> ", signal).catch(() => undefined);
      if (typed === undefined) return onInputEnd?.();
      if (await answer(question, typed)) return;
      terminal.note(`That is not "${state.question?.expects ?? ""}"; Ctrl-C cancels.`);
    }
  }

  return {
    show(event) {
      state = applyEvent(state, event);
      if (json) {
        terminal.print(`${JSON.stringify(event)}\n`);
        return;
      }
      // On a terminal the log is in its file, and the live view says what goes on.
      const line =
        terminal.interactive && event.type === "log" && event.level === "info" ? undefined : eventLine(event);
      if (line !== undefined) terminal.note(line);
      if (event.type === "run-finished") terminal.note(`It took ${elapsed(state.workedMs)}.`);
      if (terminal.interactive && !state.question) terminal.progress(liveView(state));
      if (terminal.interactive && event.type === "question") void readAnswer(event.question.id);
    },
    end: () => terminal.progress(""),
  };
}
