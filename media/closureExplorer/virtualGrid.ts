import { element, setAttribute } from "../element.ts";

export interface GridColumn<Row> {
  readonly id: string;
  readonly title: string;
  /** Set right-aligned in figures of equal width. */
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => Node | string;
}

export interface GridOptions<Row> {
  /** Read to people who do not see the grid; also its class. */
  readonly label: string;
  readonly className: string;
  readonly columns: readonly GridColumn<Row>[];
  /** Shown when there is no row. */
  readonly emptyText: string;
  readonly nameOf: (row: Row) => string;
  readonly isSelected?: (row: Row) => boolean;
  readonly onSelect?: (row: Row) => void;
  readonly isTicked?: (row: Row) => boolean;
  readonly canTick?: (row: Row) => boolean;
  readonly onTick?: (row: Row) => void;
  readonly onSort?: (column: string) => void;
}

export interface VirtualGrid<Row> {
  readonly element: HTMLElement;
  show(rows: readonly Row[], sort?: { readonly column: string; readonly descending: boolean }): void;
  /** Draws the rows again that are on the screen. */
  refresh(): void;
  scrollTo(index: number): void;
}

/** Height of a row in pixels, as in panel.css. */
const rowHeight = 26;
const spareRows = 8;

let gridCount = 0;

/** A table of any length: only the rows on the screen are in the document. Arrow keys move in it, Enter selects, Space ticks. */
export function createVirtualGrid<Row>(options: GridOptions<Row>): VirtualGrid<Row> {
  const { columns, nameOf, isSelected, onSelect, isTicked, canTick, onTick, onSort } = options;
  const gridId = `grid${gridCount++}`;
  const headings = columns.map((column) => heading(column));
  const head = element(
    "div",
    { role: "row", class: "row head" },
    ...(onTick ? [element("span", { role: "columnheader", class: "tick", "aria-label": "Try without" })] : []),
    ...headings,
  );
  const body = element("div", { role: "rowgroup", class: "body" });
  const scroller = element("div", { class: "scroller", role: "presentation" }, body);
  const empty = element("p", { class: "empty", hidden: true }, options.emptyText);
  const root = element(
    "div",
    { class: `grid ${options.className}`, role: "grid", tabindex: 0, "aria-label": options.label },
    element("div", { role: "rowgroup" }, head),
    scroller,
    empty,
  );

  let rows: readonly Row[] = [];
  let active = 0;
  const drawn = new Map<number, HTMLElement>();

  function heading(column: GridColumn<Row>): HTMLElement {
    const className = `${column.id}${column.isNumber ? " number" : ""}`;
    const made = element("span", { role: "columnheader", class: className }, column.title);
    if (!onSort) return made;
    made.classList.add("sortable");
    made.title = `Sort by ${column.title.toLowerCase()}`;
    made.addEventListener("click", () => onSort(column.id));
    return made;
  }

  function rowElement(row: Row, index: number): HTMLElement {
    const made = element("div", {
      role: "row",
      class: index === active ? "row active" : "row",
      id: `${gridId}-${index}`,
      "aria-rowindex": index + 2,
      "aria-selected": isSelected ? String(isSelected(row)) : undefined,
      "data-index": index,
    });
    if (onTick) {
      const box = element("input", {
        type: "checkbox",
        tabindex: -1,
        "aria-label": `Try without ${nameOf(row)}`,
        disabled: canTick?.(row) === false,
      });
      box.checked = isTicked?.(row) === true;
      made.append(element("span", { role: "gridcell", class: "tick" }, box));
    }
    for (const { id, isNumber, cell } of columns)
      made.append(element("span", { role: "gridcell", class: isNumber ? `${id} number` : id }, cell(row)));
    made.style.transform = `translateY(${index * rowHeight}px)`;
    return made;
  }

  /** Draws the rows on the screen; those that are there already stay as they are. */
  function drawNew(): void {
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - spareRows);
    const last = Math.min(rows.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / rowHeight) + spareRows);
    for (const [index, made] of drawn) {
      if (index >= first && index < last) continue;
      made.remove();
      drawn.delete(index);
    }
    for (const [offset, row] of rows.slice(first, last).entries()) {
      const index = first + offset;
      if (drawn.has(index)) continue;
      const made = rowElement(row, index);
      drawn.set(index, made);
      body.append(made);
    }
  }

  function draw(): void {
    drawn.clear();
    body.replaceChildren();
    drawNew();
    setAttribute(root, "aria-activedescendant", rows.length > 0 ? `${gridId}-${active}` : undefined);
  }

  function scrollTo(index: number): void {
    const top = index * rowHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + rowHeight > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = top + rowHeight - scroller.clientHeight;
  }

  function activate(index: number): void {
    active = Math.max(0, Math.min(rows.length - 1, index));
    scrollTo(active);
    draw();
  }

  const indexOf = (target: EventTarget | null): number | undefined => {
    const row = target instanceof Element ? target.closest<HTMLElement>(".row[data-index]") : null;
    return row ? Number(row.dataset["index"]) : undefined;
  };

  scroller.addEventListener("scroll", drawNew, { passive: true });
  new ResizeObserver(drawNew).observe(scroller);
  body.addEventListener("click", (event) => {
    const index = indexOf(event.target);
    const row = index === undefined ? undefined : rows[index];
    if (index === undefined || row === undefined) return;
    active = index;
    if (event.target instanceof HTMLInputElement) onTick?.(row);
    else if (!(event.target instanceof HTMLButtonElement)) onSelect?.(row);
  });
  root.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(scroller.clientHeight / rowHeight) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    const row = rows[active];
    if (to !== undefined) activate(to);
    else if (event.key === "Enter" && row !== undefined && event.target === root) onSelect?.(row);
    else if (event.key === " " && row !== undefined && onTick && canTick?.(row) !== false) onTick(row);
    else return;
    event.preventDefault();
  });

  return {
    element: root,
    show(next, sort) {
      rows = next;
      active = Math.max(0, Math.min(active, rows.length - 1));
      body.style.height = `${rows.length * rowHeight}px`;
      setAttribute(root, "aria-rowcount", rows.length + 1);
      empty.hidden = rows.length > 0;
      columns.forEach(({ id }, index) => {
        const isSorted = sort?.column === id;
        const order = isSorted ? (sort.descending ? "descending" : "ascending") : undefined;
        setAttribute(headings[index] as HTMLElement, "aria-sort", order);
      });
      draw();
    },
    refresh: draw,
    scrollTo: (index) => activate(index),
  };
}
