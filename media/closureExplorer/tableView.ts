import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { at } from "../../core/src/closure/closureGraph.ts";
import { describePlace } from "../../core/src/closure/describePlace.ts";
import { element, setAttribute } from "../element.ts";
import { type ExplorerContext, toggleTick, type View } from "./explorerContext.ts";
import type { ExplorerState, TableColumn } from "./explorerState.ts";
import { matches } from "./search.ts";
import { createVirtualGrid, type GridColumn } from "./virtualGrid.ts";

/** Every path of the closure: the treemap in words. */
export function createTableView(context: ExplorerContext): View {
  const { model } = context;
  const { analysis, names, measurement } = model;
  const { graph } = analysis;
  const referrers = (node: number): number => at(graph.referrers.starts, node + 1) - at(graph.referrers.starts, node);
  const bytes = (sizes: Float64Array) => (node: number) => formatBytes(at(sizes, node));
  const columns: readonly GridColumn<number>[] = [
    { id: "name", title: "Name", cell: (node) => names[node] ?? "" },
    { id: "retained", title: "Retained", isNumber: true, cell: bytes(analysis.retainedBytes) },
    { id: "own", title: "Own", isNumber: true, cell: bytes(graph.ownBytes) },
    { id: "closure", title: "Closure", isNumber: true, cell: bytes(analysis.closureBytes) },
    { id: "referrers", title: "Needed by", isNumber: true, cell: (node) => String(referrers(node)) },
    { id: "addedBy", title: "Added by", cell: (node) => placesOf(node) },
  ];

  const grid = createVirtualGrid<number>({
    label: "Paths of the closure",
    className: "paths",
    columns,
    emptyText: "No path has this in its name.",
    nameOf: (node) => names[node] ?? "",
    isSelected: (node) => context.state().selected === node,
    onSelect: (selected) => context.change({ selected }),
    isTicked: (node) => context.state().ticked.has(node),
    canTick: (node) => node !== graph.root,
    onTick: (node) => toggleTick(context, [node]),
    onSort: (id) => {
      if (!isSortable(id)) return;
      const { sort } = context.state();
      const descending = sort.column === id ? !sort.descending : id !== "name";
      context.change({ sort: { column: id, descending } });
    },
  });
  const root = element("section", { class: "view tableView", "aria-label": "Table" }, grid.element);

  function placesOf(node: number): string {
    const [first, ...others] = measurement.paths[node]?.addedBy ?? [];
    if (!first) return "";
    const place = describePlace(first);
    return others.length === 0 ? place : `${place} and ${others.length} more`;
  }

  function rows({ search, sort }: ExplorerState): number[] {
    const nodes = Array.from(graph.order).filter((node) => search === "" || matches(names[node] ?? "", search));
    const value = comparison(sort.column);
    const sign = sort.descending ? -1 : 1;
    return nodes.sort((a, b) => sign * value(a, b) || a - b);
  }

  function comparison(column: TableColumn): (a: number, b: number) => number {
    if (column === "name") return (a, b) => (names[a] ?? "").localeCompare(names[b] ?? "");
    if (column === "referrers") return (a, b) => referrers(a) - referrers(b);
    const sizes = model.sizes(column);
    return (a, b) => at(sizes, a) - at(sizes, b);
  }

  return {
    element: root,
    update(state, before) {
      setAttribute(root, "data-size", state.size);
      const isSameOrder = before?.view === state.view && before.search === state.search && before.sort === state.sort;
      if (isSameOrder) grid.refresh();
      else grid.show(rows(state), state.sort);
    },
  };
}

function isSortable(id: string): id is TableColumn {
  return id !== "addedBy";
}
