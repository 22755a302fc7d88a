import type { RunState } from "../../core/src/bootstrap/runState.ts";
import { element } from "../element.ts";
import { replaceContent, setText } from "./dom.ts";
import { bytes, bytesOf, timeLeft } from "./units.ts";

/** How far the running step is: a bar when it can be counted, and words. */
export function progressLine(target: HTMLElement, progress: RunState["progress"]): void {
  target.hidden = progress === undefined;
  if (progress === undefined) return;
  const { done = 0, total, text } = progress;
  const bar = target.querySelector("progress") ?? element("progress", { "aria-label": "Progress of the step" });
  const words = target.querySelector("p") ?? element("p");
  if (!words.isConnected) replaceContent(target, bar, words);
  bar.hidden = total === undefined || total <= 0;
  if (total !== undefined && total > 0) {
    bar.max = total;
    bar.value = Math.min(done, total);
  }
  setText(words, [text, ...figures(progress)].join(" · "));
}

function figures({ done = 0, total, unit, bytesPerSecond, secondsLeft }: NonNullable<RunState["progress"]>): string[] {
  if (total === undefined || total <= 0 || unit !== "bytes") return [];
  const isDone = done >= total;
  return [
    bytesOf(done, total),
    ...(bytesPerSecond === undefined || isDone ? [] : [`${bytes(bytesPerSecond)}/s`]),
    ...(secondsLeft === undefined || isDone ? [] : [timeLeft(secondsLeft)]),
  ];
}
