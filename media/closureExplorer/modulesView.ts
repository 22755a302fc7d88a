import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { describePlace } from "../../core/src/closure/describePlace.ts";
import type { AddedBy } from "../../core/src/closure/measurement.ts";
import { moduleShares } from "../../core/src/closure/moduleShares.ts";
import { button, element } from "../element.ts";
import { type ExplorerContext, toggleTick, type View } from "./explorerContext.ts";
import { matches } from "./search.ts";
import { createVirtualGrid } from "./virtualGrid.ts";

interface Row {
  /** Absent for a whole file. */
  readonly place: AddedBy | undefined;
  readonly file: string;
  readonly paths: readonly number[];
  readonly freedBytes: number;
}

/** Which line of which module put how much into the closure. */
export function createModulesView(context: ExplorerContext): View {
  const { model } = context;
  const rows = moduleShares(model.analysis).flatMap(({ file, places, freedBytes }): Row[] => [
    { place: undefined, file, paths: [...new Set(places.flatMap(({ paths }) => paths))], freedBytes },
    ...places.map((share) => ({ ...share, file })),
  ]);

  const grid = createVirtualGrid<Row>({
    label: "Modules that add to the closure",
    className: "modules",
    columns: [
      { id: "place", title: "Module and line", cell: placeCell },
      { id: "what", title: "Adds", cell: ({ place, paths }) => (place ? addition(place, paths) : "") },
      { id: "retained", title: "Frees", isNumber: true, cell: ({ freedBytes }) => formatBytes(freedBytes) },
    ],
    emptyText: "It is not known which modules added these paths.",
    nameOf: ({ file, place }) => `what ${describePlace(place ?? { file })} adds`,
    onSelect: ({ paths, place }) => {
      if (place) context.change({ selected: paths[0] });
    },
    isTicked: ({ paths }) => paths.every((path) => context.state().ticked.has(path)),
    onTick: ({ paths }) => toggleTick(context, paths),
  });
  const root = element("section", { class: "view modulesView", "aria-label": "Modules" }, grid.element);

  function placeCell({ place, file, paths }: Row): Node {
    const { line } = place ?? {};
    const label = !place ? describePlace({ file }) : line === undefined ? "somewhere in it" : `line ${line}`;
    const className = place ? "link place line" : "link place file";
    const open = button(label, { class: className, tabindex: -1, title: `Open ${file}` }, () =>
      context.ask({ kind: "open", file, ...(line === undefined ? {} : { line }) }),
    );
    // Where there is no room for the column that says it.
    return place ? element("span", {}, open, element("span", { class: "brief" }, what(place, paths))) : open;
  }

  function addition(place: AddedBy, paths: readonly number[]): string {
    return place.option === undefined ? what(place, paths) : `${what(place, paths)} in ${place.option}`;
  }

  function what({ package: name }: AddedBy, paths: readonly number[]): string {
    const [first, ...others] = paths.map((path) => model.names[path] ?? "");
    return others.length === 0 ? (name ?? first ?? "") : `${first} and ${others.length} more`;
  }

  return {
    element: root,
    update({ view, search }, before) {
      if (before?.view === view && before.search === search) return grid.refresh();
      const isFound = ({ file, paths }: Row): boolean =>
        matches(file, search) || paths.some((path) => matches(model.names[path] ?? "", search));
      grid.show(search === "" ? rows : rows.filter(isFound));
    },
  };
}
