import type { RunProcess, ToPanel } from "../../core/src/bootstrap/panelMessages.ts";
import { applyEvents, emptyView } from "../../core/src/bootstrap/runView.ts";
import { createCards } from "./cards.ts";
import { replaceContent } from "./dom.ts";
import { createLogView } from "./logView.ts";
import { createMemoryChart } from "./memoryChart.ts";
import { createProofSheet } from "./proofSheet.ts";
import { createRunHead } from "./runHead.ts";
import type { RunPart } from "./runPart.ts";
import { createStepList } from "./stepList.ts";

export interface RunPage {
  readonly run: string;
  /** Everything anew. */
  show(message: Extract<ToPanel, { type: "run" }>): void;
  /** Further events; false when some are missing in between. */
  add(events: readonly unknown[]): boolean;
  setProcess(process: RunProcess): void;
  dispose(): void;
}

const tickMs = 1000;

/** The page of a run. It draws once a frame at most, however much arrives. */
export function createRunPage(page: Element, run: string): RunPage {
  let view = emptyView;
  let process: RunProcess = "running";
  /** How far the clock of the other computer is ahead of this one's. */
  let aheadMs = 0;
  let frame: number | undefined;

  const head = createRunHead();
  const cards = createCards();
  const steps = createStepList();
  const memory = createMemoryChart();
  const proof = createProofSheet();
  const log = createLogView();
  const parts: readonly RunPart[] = [head, cards, steps, proof, memory, log];
  page.className = "run-page";
  replaceContent(page, ...parts.map((part) => part.element));

  function draw(): void {
    frame = undefined;
    for (const part of parts) part.draw({ run, view, process, now: Date.now() + aheadMs });
  }

  function drawSoon(): void {
    frame ??= requestAnimationFrame(draw);
  }

  const timer = setInterval(() => {
    if (process === "running") drawSoon();
  }, tickMs);

  return {
    run,
    show(message) {
      view = message.view;
      process = message.process;
      aheadMs = message.now - Date.now();
      drawSoon();
    },
    add(events) {
      const first = events[0];
      const isGap = typeof first === "object" && first !== null && "seq" in first && Number(first.seq) > view.next;
      if (isGap) return false;
      view = applyEvents(view, events);
      drawSoon();
      return true;
    },
    setProcess(next) {
      process = next;
      drawSoon();
    },
    dispose() {
      clearInterval(timer);
      if (frame !== undefined) cancelAnimationFrame(frame);
      for (const part of parts) part.dispose?.();
    },
  };
}
