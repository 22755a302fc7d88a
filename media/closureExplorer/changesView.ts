import { analyseClosure } from "../../core/src/closure/analyseClosure.ts";
import { formatByteDifference, formatBytes } from "../../core/src/closure/byteSizes.ts";
import { compareClosures, type PackageDifference } from "../../core/src/closure/compareClosures.ts";
import type { Baseline } from "../../core/src/closure/explorerMessages.ts";
import { element } from "../element.ts";
import type { ExplorerContext, View } from "./explorerContext.ts";
import { matches } from "./search.ts";
import { createVirtualGrid } from "./virtualGrid.ts";

/** What differs from another closure, the largest change of size first. */
export function createChangesView(context: ExplorerContext, baseline: Baseline): View {
  const { model } = context;
  const difference = compareClosures(analyseClosure(baseline.measurement), model.analysis);
  const { bytesBefore, bytesAfter, pathsBefore, pathsAfter } = difference;
  const placeByName = new Map(model.packages.map(({ name, paths }) => [name, paths[0]]));
  const grid = createVirtualGrid<PackageDifference>({
    label: `Changes from ${baseline.label}`,
    className: "changes",
    columns: [
      { id: "name", title: "Package", cell: ({ name }) => name },
      { id: "kind", title: "Change", cell: ({ kind }) => words[kind] },
      { id: "version", title: "Version", cell: versions },
      {
        id: "change",
        title: "Size",
        isNumber: true,
        cell: (each) => formatByteDifference(each.bytesAfter - each.bytesBefore),
      },
    ],
    emptyText: "Nothing differs.",
    nameOf: ({ name }) => name,
    onSelect: ({ name }) => context.change({ selected: placeByName.get(name) }),
  });
  const summary = `Compared with ${baseline.label}: ${formatBytes(bytesBefore)} to ${formatBytes(bytesAfter)} (${formatByteDifference(bytesAfter - bytesBefore)}), ${pathsBefore} to ${pathsAfter} paths.`;
  const root = element(
    "section",
    { class: "view changesView", "aria-label": "Changes" },
    element("p", { class: "summary" }, summary),
    grid.element,
  );
  return {
    element: root,
    update({ search, view }, before) {
      if (before?.view === view && before.search === search) return;
      grid.show(difference.packages.filter(({ name }) => search === "" || matches(name, search)));
    },
  };
}

const words = { added: "new", removed: "gone", version: "version", size: "size" };

function versions({ versionsBefore, versionsAfter, kind }: PackageDifference): string {
  const before = list(versionsBefore);
  const after = list(versionsAfter);
  if (kind === "added") return after;
  if (kind === "removed") return before;
  return before === after ? after : `${before} → ${after}`;
}

function list(versions: readonly string[]): string {
  return versions.filter((version) => version !== "").join(", ");
}
