import { nextMoves } from "../../core/src/bootstrap/nextMoves.ts";
import type { RunProcess } from "../../core/src/bootstrap/panelMessages.ts";
import type { RunView } from "../../core/src/bootstrap/runView.ts";

/** A run as it is drawn. */
export interface RunDrawing {
  readonly run: string;
  readonly view: RunView;
  readonly process: RunProcess;
  /** What the clock of the computer that writes the journal shows, in milliseconds since 1970. */
  readonly now: number;
}

/** A part of the page; it draws what has changed since it drew last. */
export interface RunPart {
  readonly element: Element;
  draw(drawing: RunDrawing): void;
  dispose?(): void;
}

/** Whether a run stands still and can be taken up again. */
export function isResumable({ view, process }: RunDrawing): boolean {
  return (process === "ended" || process === "interrupted") && nextMoves(view.state).length > 0;
}
