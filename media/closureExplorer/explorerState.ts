import type { ClosureModel, SizeKind } from "./closureModel.ts";

export type ViewName = "treemap" | "table" | "packages" | "modules" | "advice" | "changes";
export type TableColumn = "name" | SizeKind | "referrers";

/** What the person looking has chosen. */
export interface ExplorerState {
  readonly view: ViewName;
  readonly size: SizeKind;
  readonly byPackage: boolean;
  readonly search: string;
  readonly sort: { readonly column: TableColumn; readonly descending: boolean };
  /** The path the treemap is zoomed to. */
  readonly focus: number;
  readonly selected: number | undefined;
  /** The paths that are tried without. */
  readonly ticked: ReadonlySet<number>;
}

/** The same as it outlives the panel: paths by name, because places change with each measurement. */
export interface SavedState {
  readonly view: ViewName;
  readonly size: SizeKind;
  readonly byPackage: boolean;
  readonly focus: string;
  readonly selected: string;
  readonly ticked: readonly string[];
}

const views: readonly unknown[] = ["treemap", "table", "packages", "modules", "advice", "changes"] satisfies ViewName[];
const sizes: readonly unknown[] = ["retained", "own", "closure"] satisfies SizeKind[];

export function savedState({ view, size, byPackage, ...state }: ExplorerState, model: ClosureModel): SavedState {
  const path = (node: number | undefined): string =>
    node === undefined ? "" : (model.measurement.paths[node]?.path ?? "");
  return {
    view,
    size,
    byPackage,
    focus: path(state.focus),
    selected: path(state.selected),
    ticked: [...state.ticked].map(path),
  };
}

/** The state to begin with, from whatever was kept; paths that are no longer there are forgotten. */
export function restoredState(kept: unknown, model: ClosureModel): ExplorerState {
  const { view, size, byPackage, focus, selected, ticked } = isRecord(kept) ? kept : {};
  const place = (path: unknown): number | undefined => (typeof path === "string" ? model.placeOf(path) : undefined);
  const tickedPlaces = (Array.isArray(ticked) ? ticked : []).map(place).filter((node) => node !== undefined);
  return {
    view: views.includes(view) ? (view as ViewName) : "treemap",
    size: sizes.includes(size) ? (size as SizeKind) : "retained",
    byPackage: byPackage === true,
    search: "",
    sort: { column: sizes.includes(size) ? (size as SizeKind) : "retained", descending: true },
    focus: place(focus) ?? model.analysis.graph.root,
    selected: place(selected),
    ticked: new Set(tickedPlaces),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
