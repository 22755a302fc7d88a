import type { StepResult } from "./quickInputs.ts";

/**
 * A step gets what was answered so far and its number, and adds to it. `earlier` is what came of it when it was answered before, so that
 * who goes back finds what he had chosen.
 */
export type InputStep<State> = (state: State, step: number, earlier: State | undefined) => Promise<StepResult<State>>;

/** Runs steps one after the other, back and forth; undefined when one was left. `before` is what came of all of them another time. */
export async function runSteps<State>(
  initial: State,
  steps: readonly InputStep<State>[],
  before?: State,
): Promise<State | undefined> {
  const states: State[] = [initial];
  const earlier: State[] = [];
  for (;;) {
    const index = states.length - 1;
    const state = states[index];
    if (state === undefined) return undefined;
    const step = steps[index];
    if (step === undefined) return state;
    const result = await step(state, index + 1, earlier[index] ?? before);
    if (result === undefined) return undefined;
    if (result === "back") {
      states.pop();
      continue;
    }
    states.push(result.answer);
    earlier[index] = result.answer;
  }
}
