import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { at, neighbours } from "../../core/src/closure/closureGraph.ts";
import { layOutTreemap, type TreemapCell, type TreemapContent } from "../../core/src/closure/treemap.ts";
import { labelRoom, shorten } from "../../core/src/closure/treemapLabel.ts";
import { button, element, svgElement } from "../element.ts";
import { type ClosureModel, dominatorsOf } from "./closureModel.ts";
import { type ExplorerContext, toggleTick, type View } from "./explorerContext.ts";
import type { ExplorerState } from "./explorerState.ts";
import { matches } from "./search.ts";

/** Height of a band with a name, and of a line of text. */
const band = 18;

/** The closure as nested rectangles. Click or Enter zooms in, Escape out; arrow keys move, Space ticks. */
export function createTreemapView(context: ExplorerContext): View {
  const { model } = context;
  const trail = element("nav", { class: "trail", "aria-label": "Zoom" });
  const drawing = svgElement("svg", {
    class: "treemap",
    tabindex: 0,
    role: "img",
    "aria-label": "Treemap of the closure. The table holds the same in words.",
  });
  const tip = element("div", { class: "tip", "aria-hidden": "true", hidden: true });
  const hint = element("p", { class: "hint" });
  const space = element("div", { class: "treemapSpace" }, drawing, tip);
  const root = element("section", { class: "view treemapView", "aria-label": "Treemap" }, trail, space, hint);

  let cells: TreemapCell[] = [];
  /** What is drawn of each cell. */
  let areas: SVGRectElement[] = [];
  let width = 0;
  let height = 0;

  new ResizeObserver(() => {
    if (space.clientWidth === width && space.clientHeight === height) return;
    draw(context.state());
  }).observe(space);

  function draw(state: ExplorerState): void {
    width = space.clientWidth;
    height = space.clientHeight;
    if (width === 0 || height === 0) return;
    cells = layOutTreemap(contentOf(model, state), { width, height, band });
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const drawn = document.createDocumentFragment();
    const kinds: CellKind[] = [];
    for (const [index, cell] of cells.entries()) {
      const kind = kindOf(cell, model, kinds[cell.depth - 1]);
      kinds[cell.depth] = kind;
      drawn.append(...drawCell(cell, index, kind, state));
    }
    drawing.replaceChildren(drawn);
    areas = [...drawing.querySelectorAll<SVGRectElement>(".cell")];
    mark(state);
  }

  /** The area and, where there is room, the name and the size on it. */
  function drawCell(cell: TreemapCell, index: number, kind: CellKind, { ticked }: ExplorerState): SVGElement[] {
    const { id, bytes, x, y, width, height, depth, hasChildren, hasBand } = cell;
    const className = `cell ${kind} depth${Math.min(depth, 4)}`;
    const area = svgElement("rect", { class: className, "data-index": index, x, y, width, height });
    const lines = hasChildren && !hasBand ? 0 : Math.floor((height - 2) / (band - 3));
    const room = labelRoom(width);
    if (lines < 1 || room === 0) return [area];
    const name = `${ticked.has(id) ? "✓ " : ""}${nameOf(id, model)}`;
    const size = formatBytes(bytes);
    const isOneLine = hasChildren || lines < 2;
    const first = isOneLine && room > name.length + size.length + 2 ? `${name}  ${size}` : name;
    const text = svgElement("text", { x: x + 5, y: y + 13 }, shorten(first, room));
    if (isOneLine || room < size.length) return [area, text];
    return [area, text, svgElement("text", { class: "size", x: x + 5, y: y + 28 }, size)];
  }

  /** Shows what is selected and found, without laying out anew. */
  function mark({ selected, search }: ExplorerState): void {
    drawing.classList.toggle("searching", search !== "");
    for (const [index, { id }] of cells.entries()) {
      const area = areas[index];
      area?.classList.toggle("selected", id === selected);
      area?.classList.toggle("found", search !== "" && id >= 0 && matches(nameOf(id, model), search));
    }
  }

  function drawTrail({ focus, size }: ExplorerState): void {
    const chain = size === "retained" ? dominatorsOf(model, focus) : [];
    trail.replaceChildren(
      ...chain.flatMap((node, index) => {
        const isLast = index === chain.length - 1;
        const name = index === 0 ? "Whole closure" : nameOf(node, model);
        const label = shorten(name, 40);
        const step = isLast
          ? element("span", { "aria-current": "true", title: name }, label)
          : button(label, { class: "link", title: name }, () => context.change({ focus: node }));
        return index === 0 ? [step] : [element("span", { class: "separator", "aria-hidden": "true" }, "›"), step];
      }),
    );
  }

  const cellAt = (target: EventTarget | null): TreemapCell | undefined => {
    const index = target instanceof SVGElement ? target.dataset["index"] : undefined;
    return index === undefined ? undefined : cells[Number(index)];
  };

  function zoomInto(cell: TreemapCell): void {
    const { focus, size } = context.state();
    const canZoom = size === "retained" && cell.hasChildren && cell.id !== focus;
    context.change({ selected: pathOf(cell.id, model), ...(canZoom ? { focus: cell.id } : {}) });
  }

  function zoomOut(): void {
    const { focus, size } = context.state();
    const parent = size === "retained" ? at(model.analysis.dominators, focus) : -1;
    if (parent !== -1) context.change({ focus: parent, selected: focus });
  }

  drawing.addEventListener("click", ({ target }) => {
    const cell = cellAt(target);
    if (cell) zoomInto(cell);
  });
  drawing.addEventListener("pointermove", (event) => {
    const cell = cellAt(event.target);
    tip.hidden = cell === undefined;
    if (!cell) return;
    tip.replaceChildren(...describe(cell.id, model));
    const place = space.getBoundingClientRect();
    const left = Math.min(event.clientX - place.left + 14, width - tip.offsetWidth - 4);
    const below = event.clientY - place.top + 18;
    const top = below + tip.offsetHeight > height ? below - tip.offsetHeight - 28 : below;
    tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  });
  drawing.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
  drawing.addEventListener("keydown", (event) => {
    const { selected } = context.state();
    const current = cells.findIndex(({ id }) => id === selected);
    const to = neighbourCell(cells, current, event.key);
    const cell = cells[current];
    if (to !== undefined) context.change({ selected: cells[to]?.id });
    else if (event.key === "Enter" && cell) zoomInto(cell);
    else if (event.key === " " && cell && cell.id >= 0 && cell.id !== model.analysis.graph.root)
      toggleTick(context, [cell.id]);
    else if (event.key === "Escape" || event.key === "Backspace") zoomOut();
    else return;
    event.preventDefault();
  });

  return {
    element: root,
    update(state, before) {
      const isSameDrawing =
        before !== undefined &&
        before.view === state.view &&
        before.focus === state.focus &&
        before.size === state.size &&
        before.byPackage === state.byPackage &&
        before.ticked === state.ticked;
      if (isSameDrawing) return mark(state);
      hint.replaceChildren(hints[state.size], ...(isByPackage(state) ? [] : [legend()]));
      drawTrail(state);
      draw(state);
    },
  };
}

const hints = {
  retained: "An area is what would vanish with a path; click to zoom in.",
  own: "An area is the size of a path alone.",
  closure: "An area is a path with all it needs; these overlap, so they add up to more than the closure.",
};

function isByPackage({ size, byPackage }: ExplorerState): boolean {
  return size === "own" && byPackage;
}

function legend(): HTMLElement {
  const sample = element("span", { class: "legend", "aria-hidden": "true" });
  return element("span", {}, sample, "listed in a module, with what it brings");
}

/** The groups of paths in the treemap by package have negative ids. */
const groupId = (index: number): number => -1 - index;

/** Everything, where it lies side by side. */
const whole = Number.NEGATIVE_INFINITY;

function contentOf(model: ClosureModel, state: ExplorerState): TreemapContent {
  const { analysis, dominated, packages } = model;
  const { graph, totalBytes } = analysis;
  const sizes = model.sizes(state.size);
  if (state.size === "retained")
    return { root: state.focus, bytesOf: (id) => at(sizes, id), childrenOf: (id) => neighbours(dominated, id) };
  if (isByPackage(state))
    return {
      root: whole,
      bytesOf: (id) => (id === whole ? totalBytes : id < 0 ? (packages[-1 - id]?.ownBytes ?? 0) : at(sizes, id)),
      childrenOf: (id) =>
        id === whole ? packages.map((_, index) => groupId(index)) : (packages[-1 - id]?.paths ?? []),
    };
  // The closure of the system holds all others.
  const nodes = graph.order
    .filter((node) => state.size === "own" || node !== graph.root)
    .sort((a, b) => at(sizes, b) - at(sizes, a));
  const sum = nodes.reduce((bytes, node) => bytes + at(sizes, node), 0);
  return {
    root: whole,
    bytesOf: (id) => (id === whole ? sum : at(sizes, id)),
    childrenOf: (id) => (id === whole ? nodes : []),
  };
}

function nameOf(id: number, { names, packages }: ClosureModel): string {
  if (id >= 0) return names[id] ?? "";
  const group = Number.isFinite(id) ? packages[-1 - id] : undefined;
  return group ? `${group.name} ${group.version}`.trim() : "Whole closure";
}

/** The path that a cell stands for; a package stands for its first. */
function pathOf(id: number, { packages }: ClosureModel): number | undefined {
  if (id >= 0) return id;
  return Number.isFinite(id) ? packages[-1 - id]?.paths[0] : undefined;
}

/** What a cell is to whoever wants a smaller closure: listed in a module, inside of what is, a package, or anything else. */
type CellKind = "listed" | "within" | "group" | "other";

function kindOf({ id }: TreemapCell, { measurement }: ClosureModel, outer: CellKind | undefined): CellKind {
  if (id < 0) return "group";
  if ((measurement.paths[id]?.addedBy.length ?? 0) > 0) return "listed";
  return outer === "listed" || outer === "within" ? "within" : "other";
}

function describe(id: number, model: ClosureModel): Node[] {
  const { analysis } = model;
  const name = element("strong", {}, nameOf(id, model));
  if (id < 0) return [name];
  const size = (bytes: Float64Array): string => formatBytes(at(bytes, id));
  const referrers = neighbours(analysis.graph.referrers, id).length;
  const lines = [
    `retained ${size(analysis.retainedBytes)} · own ${size(analysis.graph.ownBytes)} · closure ${size(analysis.closureBytes)}`,
    referrers === 0 ? "the system itself" : `needed directly by ${referrers} ${referrers === 1 ? "path" : "paths"}`,
  ];
  return [name, ...lines.map((line) => element("span", {}, line))];
}

/** The cell that an arrow key leads to: in, out, and along those of the same parent, which follow each other in size. */
function neighbourCell(cells: readonly TreemapCell[], current: number, key: string): number | undefined {
  const cell = cells[current];
  if (!cell)
    return ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"].includes(key) && cells.length > 0 ? 0 : undefined;
  const find = (from: number, step: number, depth: number): number | undefined => {
    for (let index = from; cells[index]; index += step) {
      const candidate = cells[index]?.depth ?? 0;
      if (candidate === depth) return index;
      if (candidate < depth) return undefined;
    }
    return undefined;
  };
  switch (key) {
    case "ArrowDown":
      return cells[current + 1]?.depth === cell.depth + 1 ? current + 1 : current;
    case "ArrowUp": {
      for (let index = current; index >= 0; index--) if ((cells[index]?.depth ?? 0) < cell.depth) return index;
      return current;
    }
    case "ArrowRight":
      return find(current + 1, 1, cell.depth) ?? current;
    case "ArrowLeft":
      return find(current - 1, -1, cell.depth) ?? current;
    default:
      return undefined;
  }
}
