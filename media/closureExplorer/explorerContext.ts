import type { ExplorerAsks } from "../../core/src/closure/explorerMessages.ts";
import type { ClosureModel } from "./closureModel.ts";
import type { ExplorerState } from "./explorerState.ts";

/** What every view works with. */
export interface ExplorerContext {
  readonly model: ClosureModel;
  state(): ExplorerState;
  /** Changes the state, upon which every view that is shown is updated. */
  change(change: Partial<ExplorerState>): void;
  ask(message: ExplorerAsks): void;
}

/** A part of the explorer. */
export interface View {
  readonly element: HTMLElement;
  /** Shows the state; `before` is the one that it shows, undefined at first. */
  update(state: ExplorerState, before: ExplorerState | undefined): void;
}

/** Ticks a path, or takes its tick away. */
export function toggleTick({ change, state }: ExplorerContext, nodes: readonly number[]): void {
  const ticked = new Set(state().ticked);
  const isTicked = nodes.every((node) => ticked.has(node));
  for (const node of nodes) {
    if (isTicked) ticked.delete(node);
    else ticked.add(node);
  }
  change({ ticked });
}
