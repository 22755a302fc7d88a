import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { at } from "../../core/src/closure/closureGraph.ts";
import type { ExplorerAsks } from "../../core/src/closure/explorerMessages.ts";
import { element } from "../element.ts";
import { createAdviceView } from "./adviceView.ts";
import { createChangesView } from "./changesView.ts";
import type { ClosureModel } from "./closureModel.ts";
import { createDetailsView } from "./detailsView.ts";
import type { ExplorerContext, View } from "./explorerContext.ts";
import { type ExplorerState, restoredState, type SavedState, savedState, type ViewName } from "./explorerState.ts";
import { createHeader } from "./header.ts";
import { createModulesView } from "./modulesView.ts";
import { createPackagesView } from "./packagesView.ts";
import { createTableView } from "./tableView.ts";
import { createTickBar } from "./tickBar.ts";
import { createToolbar } from "./toolbar.ts";
import { createTreemapView } from "./treemapView.ts";

export interface ExplorerOptions {
  readonly ask: (message: ExplorerAsks) => void;
  /** What `keep` was given last, by this panel or the one before. */
  readonly kept: unknown;
  readonly keep: (state: SavedState) => void;
}

interface Tab {
  readonly title: string;
  readonly create: (context: ExplorerContext) => View;
}

/** The explorer of one closure. */
export function createExplorer(model: ClosureModel, { ask, kept, keep }: ExplorerOptions): HTMLElement {
  const { baseline } = model;
  const tabs = new Map<ViewName, Tab>([
    ["treemap", { title: "Treemap", create: createTreemapView }],
    ["table", { title: "Table", create: createTableView }],
    ["packages", { title: "Packages", create: createPackagesView }],
    ["modules", { title: "Modules", create: createModulesView }],
    ["advice", { title: "Advice", create: createAdviceView }],
  ]);
  if (baseline) tabs.set("changes", { title: "Changes", create: (own) => createChangesView(own, baseline) });

  const restored = restoredState(kept, model);
  let state: ExplorerState = tabs.has(restored.view) ? restored : { ...restored, view: "treemap" };
  const context: ExplorerContext = { model, state: () => state, change, ask };
  const made = new Map<ViewName, { readonly view: View; shown: ExplorerState | undefined }>();

  const toolbar = createToolbar(
    context,
    [...tabs].map(([name, { title }]) => [name, title]),
  );
  const details = createDetailsView(context);
  const tickBar = createTickBar(context);
  const main = element("div", { class: "main", id: "view", role: "tabpanel" });
  const announcement = element("p", { class: "announcement", role: "status" });
  const body = element("div", { class: "body" }, main, details.element);
  const root = element(
    "div",
    { class: "explorer" },
    createHeader(context),
    toolbar.element,
    body,
    tickBar.element,
    announcement,
  );

  function change(changed: Partial<ExplorerState>): void {
    const before = state;
    state = { ...state, ...changed };
    update(before);
    keep(savedState(state, model));
  }

  function update(before: ExplorerState | undefined): void {
    toolbar.update(state, before);
    const current = viewOf(state.view);
    if (main.firstChild !== current.view.element) main.replaceChildren(current.view.element);
    // What was hidden shows what it showed then, and may have had another size.
    current.view.update(state, before?.view === state.view ? current.shown : undefined);
    current.shown = state;
    details.update(state, before);
    tickBar.update(state, before);
    if (before && before.selected !== state.selected) announcement.textContent = describeSelected();
  }

  function viewOf(name: ViewName): { readonly view: View; shown: ExplorerState | undefined } {
    const known = made.get(name);
    if (known) return known;
    const view = (tabs.get(name)?.create ?? createTreemapView)(context);
    const entry = { view, shown: undefined };
    made.set(name, entry);
    return entry;
  }

  function describeSelected(): string {
    if (state.selected === undefined) return "";
    return `${model.names[state.selected]}, ${formatBytes(at(model.analysis.retainedBytes, state.selected))} retained`;
  }

  update(undefined);
  // Closure sizes are wanted with the first selection, and take longer than all of the first picture.
  setTimeout(() => void model.analysis.closureBytes);
  return root;
}
