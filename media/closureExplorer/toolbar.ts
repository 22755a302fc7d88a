import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { at } from "../../core/src/closure/closureGraph.ts";
import { element, setAttribute } from "../element.ts";
import type { SizeKind } from "./closureModel.ts";
import type { ExplorerContext, View } from "./explorerContext.ts";
import type { ViewName } from "./explorerState.ts";
import { matches } from "./search.ts";

const sizeTitles: readonly (readonly [SizeKind, string])[] = [
  ["retained", "Retained"],
  ["own", "Own"],
  ["closure", "Closure"],
];

/** Which view, which of the three sizes, and what is searched for. */
export function createToolbar(context: ExplorerContext, views: readonly (readonly [ViewName, string])[]): View {
  const { model } = context;
  const tabs = views.map(([view, title], index) => {
    const tab = element("button", { type: "button", role: "tab", "aria-controls": "view" }, title);
    tab.addEventListener("click", () => context.change({ view }));
    tab.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const next = views[(index + step + views.length) % views.length];
      if (step === 0 || !next) return;
      context.change({ view: next[0] });
      tabs[views.indexOf(next)]?.focus();
    });
    return tab;
  });
  const radios = sizeTitles.map(([size, title]) => {
    const radio = element("input", { type: "radio", name: "size", value: size });
    radio.addEventListener("change", () => context.change({ size, sort: { column: size, descending: true } }));
    return { size, radio, label: element("label", {}, radio, title) };
  });
  const sizes = element(
    "fieldset",
    { class: "sizeKinds" },
    element("legend", {}, "Size"),
    ...radios.map(({ label }) => label),
  );
  const packageBox = element("input", { type: "checkbox" });
  packageBox.addEventListener("change", () => context.change({ byPackage: packageBox.checked }));
  const byPackage = element("label", { class: "byPackage" }, packageBox, "by package");
  const search = element("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search paths by name",
    spellcheck: "false",
  });
  search.addEventListener("input", () => context.change({ search: search.value }));
  const found = element("span", { class: "found", role: "status" });
  const root = element(
    "div",
    { class: "toolbar" },
    element("div", { role: "tablist", "aria-label": "Views" }, ...tabs),
    sizes,
    byPackage,
    element("div", { class: "searchBox" }, search, found),
  );

  function countFound(text: string): string {
    if (text === "") return "";
    let count = 0;
    let bytes = 0;
    for (const node of model.analysis.graph.order) {
      if (!matches(model.names[node] ?? "", text)) continue;
      count += 1;
      bytes += at(model.analysis.graph.ownBytes, node);
    }
    return count === 0 ? "no path" : `${count} ${count === 1 ? "path" : "paths"}, ${formatBytes(bytes)}`;
  }

  return {
    element: root,
    update(state, before) {
      views.forEach(([view], index) => {
        const tab = tabs[index];
        if (!tab) return;
        setAttribute(tab, "aria-selected", String(view === state.view));
        tab.tabIndex = view === state.view ? 0 : -1;
      });
      for (const { size, radio } of radios) radio.checked = size === state.size;
      sizes.hidden = state.view !== "treemap" && state.view !== "table";
      byPackage.hidden = state.view !== "treemap" || state.size !== "own";
      packageBox.checked = state.byPackage;
      if (before?.search !== state.search) found.textContent = countFound(state.search);
    },
  };
}
