import type { MemoryPoint, MemorySeries } from "../../core/src/bootstrap/memorySeries.ts";
import { elapsed } from "../../core/src/durations.ts";
import { element, svgElement } from "../element.ts";
import { replaceContent, setText } from "./dom.ts";
import type { RunPart } from "./runPart.ts";
import { timeOfDay } from "./units.ts";

const height = 140;
const margin = { top: 14, right: 8, bottom: 18, left: 8 };
/** Without a sample for so long the machine was not there. */
const gapMs = 15_000;
const tableRows = 20;

/** What lies on top of each other, from the bottom. */
const layers = [
  { name: "store", label: "the installer's store", of: (point: MemoryPoint) => point.storeMiB },
  { name: "zram", label: "zram", of: (point: MemoryPoint) => point.zramMiB },
  {
    name: "used",
    label: "programs and kernel",
    of: ({ totalMiB, availableMiB, storeMiB, zramMiB }: MemoryPoint) =>
      Math.max(0, totalMiB - availableMiB - storeMiB - zramMiB),
  },
] as const;

/** The target's memory over time. */
export function createMemoryChart(): RunPart {
  const now = element("p", { class: "memory-now" });
  const picture = element("div", { class: "chart" });
  const killings = element("ul", { role: "list", class: "killings" });
  const table = element("div", {
    class: "table-scroll",
    tabindex: "0",
    role: "group",
    "aria-label": "Memory over time, as a table",
  });
  const details = element("details", {}, element("summary", {}, "As a table"), table);
  const section = element(
    "section",
    { class: "target-memory", "aria-labelledby": "target-memory", hidden: true },
    element("h2", { id: "target-memory" }, "Memory of the target"),
    now,
    legend(),
    picture,
    killings,
    details,
  );
  let series: MemorySeries | undefined;

  function draw(): void {
    if (series === undefined || series.points.length === 0) return;
    picture.replaceChildren(chart(series, Math.max(200, picture.clientWidth)));
    if (details.open) replaceContent(table, tableOf(series));
  }

  const resized = new ResizeObserver(draw);
  resized.observe(picture);
  details.addEventListener("toggle", draw);

  return {
    element: section,
    draw({ view }) {
      if (view.memory === series) return;
      series = view.memory;
      const last = series.points.at(-1);
      section.hidden = last === undefined;
      if (!last) return;
      setText(
        now,
        `${last.availableMiB} of ${last.totalMiB} MiB available · zram ${last.zramMiB} MiB · store ${last.storeMiB} MiB`,
      );
      replaceContent(
        killings,
        ...series.killings.map(({ time, line }) =>
          element("li", {}, element("strong", {}, `Out of memory at ${timeOfDay(time)}: `), line),
        ),
      );
      draw();
    },
    dispose: () => resized.disconnect(),
  };
}

function legend(): HTMLElement {
  const items = [...layers]
    .reverse()
    .map(({ name, label }) =>
      element("li", {}, element("span", { class: `swatch ${name}`, "aria-hidden": "true" }), label),
    );
  return element("ul", { role: "list", class: "legend" }, ...items);
}

function chart({ points, killings }: MemorySeries, width: number): SVGSVGElement {
  const from = points[0]?.time ?? 0;
  const to = Math.max(points.at(-1)?.time ?? 0, ...killings.map(({ time }) => time), from + 10_000);
  const mostMiB = Math.max(...points.map(({ totalMiB }) => totalMiB), 1);
  const x = (time: number): number =>
    round(margin.left + ((time - from) / (to - from)) * (width - margin.left - margin.right));
  const y = (mib: number): number =>
    round(height - margin.bottom - (Math.min(mib, mostMiB) / mostMiB) * (height - margin.top - margin.bottom));
  const least = points.reduce((lowest, point) => (point.availableMiB < lowest.availableMiB ? point : lowest));
  const label = [
    `Memory of the target over ${elapsed(to - from)}: least available ${least.availableMiB} of ${least.totalMiB} MiB`,
    `at ${timeOfDay(least.time)}; ${killings.length === 0 ? "nothing was" : `${killings.length} programs were`} ended for want of memory.`,
  ].join(" ");
  return svgElement(
    "svg",
    { class: "memory-chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    hatch(),
    ...segments(points).flatMap((segment) => areas(segment, x, y)),
    svgElement("line", { class: "axis", x1: margin.left, x2: width - margin.right, y1: y(0), y2: y(0) }),
    svgElement("line", { class: "total", x1: margin.left, x2: width - margin.right, y1: y(mostMiB), y2: y(mostMiB) }),
    svgElement("text", { class: "tick", x: margin.left, y: margin.top - 4 }, `${mostMiB} MiB`),
    svgElement("text", { class: "tick", x: margin.left, y: height - 4 }, timeOfDay(from)),
    svgElement("text", { class: "tick end", x: width - margin.right, y: height - 4 }, timeOfDay(to)),
    ...killings.map(({ time }) =>
      svgElement(
        "g",
        { class: "killing" },
        svgElement("line", { x1: x(time), x2: x(time), y1: margin.top, y2: y(0) }),
        svgElement("path", { d: `M${x(time) - 4} ${margin.top - 8}l8 8m0 -8l-8 8` }),
      ),
    ),
  );
}

/** For the layer that would otherwise be told by its colour alone. */
function hatch(): SVGDefsElement {
  return svgElement(
    "defs",
    {},
    svgElement(
      "pattern",
      { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svgElement("line", { class: "hatch-line", x1: 0, x2: 0, y1: 0, y2: 5 }),
    ),
  );
}

/** Points that follow each other without a gap. */
function segments(points: readonly MemoryPoint[]): MemoryPoint[][] {
  const intervals = points.slice(1).map((point, index) => point.time - (points[index]?.time ?? 0));
  const usual = intervals.toSorted((a, b) => a - b)[Math.floor(intervals.length / 2)] ?? 0;
  const longest = Math.max(gapMs, 4 * usual);
  const found: MemoryPoint[][] = [];
  let last: MemoryPoint[] | undefined;
  for (const point of points) {
    const before = last?.at(-1);
    if (last === undefined || before === undefined || point.time - before.time > longest) {
      last = [];
      found.push(last);
    }
    last.push(point);
  }
  return found;
}

function areas(points: readonly MemoryPoint[], x: (time: number) => number, y: (mib: number) => number): SVGElement[] {
  const below = points.map(() => 0);
  const drawn = layers.flatMap(({ name, of }) => {
    const bottom = points.map((point, index) => `${x(point.time)} ${y(below[index] ?? 0)}`);
    points.forEach((point, index) => {
      below[index] = (below[index] ?? 0) + of(point);
    });
    const top = points.map((point, index) => `${x(point.time)} ${y(below[index] ?? 0)}`);
    return [svgElement("path", { class: `area ${name}`, d: `M${top.join("L")}L${bottom.reverse().join("L")}Z` })];
  });
  const edge = points.map((point, index) => `${x(point.time)} ${y(below[index] ?? 0)}`);
  return [...drawn, svgElement("path", { class: "edge", d: `M${edge.join("L")}` })];
}

function tableOf({ points, killings }: MemorySeries): HTMLElement {
  const step = Math.max(1, Math.ceil(points.length / tableRows));
  const chosen = points.filter((_, index) => index % step === 0 || index === points.length - 1);
  const rows = [
    ...chosen.map((point) => ({
      time: point.time,
      cells: [`${point.availableMiB} of ${point.totalMiB} MiB`, `${point.zramMiB} MiB`, `${point.storeMiB} MiB`, ""],
    })),
    ...killings.map(({ time, line }) => ({ time, cells: ["", "", "", line] })),
  ].toSorted((a, b) => a.time - b.time);
  const head = ["Time", "Available", "zram", "Store", "Kernel"];
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...head.map((title) => element("th", { scope: "col" }, title)))),
    element(
      "tbody",
      {},
      ...rows.map(({ time, cells }) =>
        element("tr", {}, ...[timeOfDay(time), ...cells].map((text) => element("td", {}, text))),
      ),
    ),
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
