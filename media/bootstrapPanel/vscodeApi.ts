import type { FromPanel } from "../../core/src/bootstrap/panelMessages.ts";

declare function acquireVsCodeApi(): { postMessage(message: FromPanel): void; setState(state: SavedState): void };

/** What VS Code keeps of a panel over a reload, to hand it to the extension. */
interface SavedState {
  /** The run that is shown. */
  readonly run?: string;
}

const api = acquireVsCodeApi();

export function post(message: FromPanel): void {
  api.postMessage(message);
}

export function save(state: SavedState): void {
  api.setState(state);
}
