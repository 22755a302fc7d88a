import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { at, neighbours } from "../../core/src/closure/closureGraph.ts";
import { describePlace } from "../../core/src/closure/describePlace.ts";
import type { AddedBy } from "../../core/src/closure/measurement.ts";
import { whyPath } from "../../core/src/closure/whyPath.ts";
import { button, element } from "../element.ts";
import { type ExplorerContext, toggleTick, type View } from "./explorerContext.ts";
import type { ExplorerState } from "./explorerState.ts";

/** A path that thousands need has a list that nobody reads to its end. */
const shownReferrers = 50;

/** All about the selected path: its sizes, why it is there, what needs it, and the lines of the modules that add it. */
export function createDetailsView(context: ExplorerContext): View {
  const { model } = context;
  const { analysis, measurement, names } = model;
  const { graph, dominators } = analysis;
  const root = element("aside", { class: "details", "aria-label": "Details" });

  function pathButton(node: number): HTMLElement {
    const name = names[node] ?? "";
    const label = node === graph.root ? "the system" : name;
    return button(label, { class: "link", title: measurement.paths[node]?.path }, () =>
      context.change({ selected: node }),
    );
  }

  function sizes(node: number): HTMLElement {
    const rows: readonly (readonly [string, Float64Array, string])[] = [
      ["Retained", analysis.retainedBytes, "vanishes with it"],
      ["Own", graph.ownBytes, "it alone"],
      ["Closure", analysis.closureBytes, "it and all it needs"],
    ];
    return element(
      "dl",
      { class: "sizes" },
      ...rows.map(([title, bytes, meaning]) =>
        element(
          "div",
          {},
          element("dt", {}, title),
          element("dd", {}, formatBytes(at(bytes, node))),
          element("dd", { class: "meaning" }, meaning),
        ),
      ),
    );
  }

  function addedBy(node: number): HTMLElement | undefined {
    const places = measurement.paths[node]?.addedBy ?? [];
    if (places.length === 0) return undefined;
    return section(
      "Added by",
      element("ul", {}, ...places.map((place) => element("li", {}, placeButton(place), addition(place)))),
    );
  }

  function placeButton(place: AddedBy): HTMLElement {
    const { file, line } = place;
    return button(describePlace(place), { class: "link place", title: `Open ${file}` }, () =>
      context.ask({ kind: "open", file, ...(line === undefined ? {} : { line }) }),
    );
  }

  function why(node: number): HTMLElement {
    const chain = whyPath(graph, node);
    const list = element("ol", { class: "why" });
    for (const each of chain)
      list.append(element("li", each === node ? { "aria-current": "true" } : {}, pathButton(each)));
    return section("Why it is there", list);
  }

  function neededBy(node: number): HTMLElement {
    const referrers = Array.from(neighbours(graph.referrers, node)).sort(
      (a, b) => at(analysis.retainedBytes, b) - at(analysis.retainedBytes, a),
    );
    const dominator = at(dominators, node);
    const isShared = referrers.length > 1;
    const shared = isShared
      ? element("p", {}, `Shared by ${referrers.length}. It goes only with `, pathButton(dominator), ".")
      : undefined;
    const list = element(
      "ul",
      {},
      ...referrers.slice(0, shownReferrers).map((each) => element("li", {}, pathButton(each))),
    );
    const more = referrers.length - shownReferrers;
    const rest = more > 0 ? element("p", { class: "meaning" }, `and ${more} more`) : undefined;
    return section(
      isShared ? `Needed by ${referrers.length} paths` : "Needed by",
      ...(shared ? [shared] : []),
      list,
      ...(rest ? [rest] : []),
    );
  }

  function show({ selected, ticked }: ExplorerState): void {
    if (selected === undefined) {
      root.replaceChildren(element("p", { class: "empty" }, "Select a path to see why it is there."));
      return;
    }
    const path = measurement.paths[selected]?.path ?? "";
    const box = element("input", { type: "checkbox", disabled: selected === graph.root });
    box.checked = ticked.has(selected);
    box.addEventListener("change", () => toggleTick(context, [selected]));
    const zoom = button("Show in treemap", { class: "secondary" }, () =>
      context.change({ view: "treemap", size: "retained", focus: zoomTarget(selected) }),
    );
    root.replaceChildren(
      element("h2", { title: path }, names[selected] ?? ""),
      element("p", { class: "storePath" }, path),
      sizes(selected),
      element("div", { class: "actions" }, element("label", {}, box, "Try without it"), zoom),
      ...[addedBy(selected)].filter((each) => each !== undefined),
      ...(selected === graph.root ? [] : [why(selected), neededBy(selected)]),
    );
  }

  /** What a path lies in, so that it is seen among its neighbours. */
  function zoomTarget(node: number): number {
    const dominator = at(dominators, node);
    return dominator === -1 ? node : dominator;
  }

  return {
    element: root,
    update(state, before) {
      if (before && before.selected === state.selected && before.ticked === state.ticked) return;
      const isOther = before?.selected !== state.selected;
      show(state);
      if (isOther) root.scrollTop = 0;
    },
  };
}

function section(title: string, ...content: readonly Node[]): HTMLElement {
  return element("section", {}, element("h3", {}, title), ...content);
}

/** ` in environment.systemPackages, as pkgs.zbar` */
function addition({ option, package: name }: AddedBy): string {
  const words = [option === undefined ? "" : ` in ${option}`, name === undefined ? "" : ` as ${name}`];
  return words.join("");
}
