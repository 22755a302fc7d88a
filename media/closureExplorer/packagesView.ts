import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { type ClosurePackage, duplicatedPackages } from "../../core/src/closure/packages.ts";
import { withoutPaths } from "../../core/src/closure/withoutPaths.ts";
import { element } from "../element.ts";
import { type ExplorerContext, toggleTick, type View } from "./explorerContext.ts";
import type { ExplorerState } from "./explorerState.ts";
import { matches } from "./search.ts";
import { createVirtualGrid } from "./virtualGrid.ts";

/** The closure by package and version: all outputs of one together, and what is there more than once. */
export function createPackagesView(context: ExplorerContext): View {
  const { model } = context;
  const duplicates = duplicatedPackages(model.analysis);
  const spareBytes = duplicates.reduce((sum, each) => sum + each.spareBytes, 0);
  const freed = new Map<ClosurePackage, number>();
  let onlyDuplicates = false;

  const grid = createVirtualGrid<ClosurePackage>({
    label: "Packages of the closure",
    className: "packages",
    columns: [
      { id: "name", title: "Package", cell: ({ name }) => name },
      { id: "version", title: "Version", cell: ({ version }) => version || "none" },
      { id: "own", title: "Own", isNumber: true, cell: ({ ownBytes }) => formatBytes(ownBytes) },
      { id: "retained", title: "Retained", isNumber: true, cell: (each) => formatBytes(freedWith(each)) },
      { id: "count", title: "Paths", isNumber: true, cell: ({ paths }) => String(paths.length) },
    ],
    emptyText: "No package has this in its name.",
    nameOf: ({ name, version }) => `${name} ${version}`.trim(),
    isSelected: ({ paths }) => paths.includes(context.state().selected ?? -1),
    onSelect: ({ paths }) => context.change({ selected: paths[0] }),
    isTicked: ({ paths }) => paths.every((path) => context.state().ticked.has(path)),
    onTick: ({ paths }) => toggleTick(context, paths),
  });
  const box = element("input", { type: "checkbox", disabled: duplicates.length === 0 });
  box.addEventListener("change", () => {
    onlyDuplicates = box.checked;
    grid.show(rows(context.state()));
  });
  const spare =
    duplicates.length === 0
      ? "No package is there more than once."
      : `Only the ${duplicates.length} that are there more than once: one of each would save ${formatBytes(spareBytes)}`;
  const root = element(
    "section",
    { class: "view packagesView", "aria-label": "Packages" },
    element("label", { class: "filter" }, box, spare),
    grid.element,
  );

  /** Walking the graph takes about a millisecond, so it is done for the rows that are seen. */
  function freedWith(each: ClosurePackage): number {
    const bytes = freed.get(each) ?? withoutPaths(model.analysis.graph, each.paths).freedBytes;
    freed.set(each, bytes);
    return bytes;
  }

  function rows({ search }: ExplorerState): readonly ClosurePackage[] {
    const packages = onlyDuplicates ? duplicates.flatMap(({ variants }) => variants) : model.packages;
    return search === "" ? packages : packages.filter(({ name, version }) => matches(`${name}-${version}`, search));
  }

  return {
    element: root,
    update(state, before) {
      if (before?.view === state.view && before.search === state.search) grid.refresh();
      else grid.show(rows(state));
    },
  };
}
