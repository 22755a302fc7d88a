import type { StepResult } from "./quickInputs.ts";

/** A step gets what was answered so far and its number, and adds to it. */
export type InputStep<State> = (state: State, step: number) => Promise<StepResult<State>>;

/** Runs steps one after the other, back and forth; undefined when one was left. */
export async function runSteps<State>(initial: State, steps: readonly InputStep<State>[]): Promise<State | undefined> {
  const states: State[] = [initial];
  for (;;) {
    const index = states.length - 1;
    const state = states[index];
    if (state === undefined) return undefined;
    const step = steps[index];
    if (step === undefined) return state;
    const result = await step(state, index + 1);
    if (result === undefined) return undefined;
    if (result === "back") states.pop();
    else states.push(result.answer);
  }
}
