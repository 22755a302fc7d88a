import type { RunState } from "../../../core/src/bootstrap/runState.ts";

/** Where a run is, in one line that changes with the step and the hundredth that is done. */
export function progressText({ steps, progress, question }: RunState): string {
  // Between two steps it is at the next one.
  const running = steps.findIndex(({ status }) => status === "running");
  const index = running === -1 ? steps.findIndex(({ status }) => status === "waiting") : running;
  const step = steps[index];
  if (!step) return "ending";
  const place = `${index + 1} of ${steps.length}: ${step.title}`;
  if (question) return `${place}, waits for your answer`;
  if (!progress?.total || progress.done === undefined) return place;
  return `${place}, ${Math.min(100, Math.floor((100 * progress.done) / progress.total))} %`;
}
