import type { LogLevel, LogLine, RunLog } from "../../core/src/bootstrap/runLog.ts";
import { stepTitles } from "../../core/src/bootstrap/stepId.ts";
import { element } from "../element.ts";
import { button, setText } from "./dom.ts";
import type { RunPart } from "./runPart.ts";
import { timeOfDay } from "./units.ts";
import { post } from "./vscodeApi.ts";

const levels: readonly { readonly name: string; readonly label: string; readonly shown: ReadonlySet<LogLevel> }[] = [
  { name: "all", label: "All lines", shown: new Set(["info", "warning", "error"]) },
  { name: "warnings", label: "Warnings and errors", shown: new Set(["warning", "error"]) },
  { name: "errors", label: "Errors", shown: new Set(["error"]) },
];
const words = { info: "", warning: "Warning", error: "Error" } as const;

/** Rows above and below what can be seen, so that a fast hand finds something. */
const spareRows = 10;

/**
 * The log, of which only the rows in sight are in the document. Rows are of one height, and a row that is in sight stays where it
 * is when lines before it are dropped.
 */
export function createLogView(): RunPart {
  const levelSelect = element(
    "select",
    { "aria-label": "Lines to show" },
    ...levels.map(({ name, label }) => element("option", { value: name }, label)),
  );
  const search = element("input", { type: "search", placeholder: "Search the log", "aria-label": "Search the log" });
  const followBox = element("input", { type: "checkbox", checked: true });
  const count = element("span", { class: "note", role: "status" });
  const rows = element("div", { class: "log-rows" });
  const space = element("div", { class: "log-space" }, rows);
  const scroller = element(
    "div",
    { class: "log", role: "log", "aria-live": "off", "aria-label": "Log", tabindex: "0" },
    space,
  );

  let log: RunLog = { lines: [], dropped: 0 };
  /** Positions in the log of the lines that are shown; undefined when all are. */
  let chosen: readonly number[] | undefined;
  let isFollowing = true;
  let rowHeight = 0;
  let drawnRange = "";

  const length = (): number => chosen?.length ?? log.lines.length;
  const positionOf = (row: number): number => chosen?.[row] ?? row;

  function choose(): void {
    const shown = levels.find(({ name }) => name === levelSelect.value)?.shown;
    const wanted = search.value.toLowerCase();
    if (levelSelect.value === "all" && wanted === "") {
      chosen = undefined;
      return;
    }
    const found: number[] = [];
    log.lines.forEach(({ level, text }, position) => {
      if (shown?.has(level) !== false && (wanted === "" || text.toLowerCase().includes(wanted))) found.push(position);
    });
    chosen = found;
  }

  function layOut(): void {
    if (rowHeight === 0) rowHeight = measureRow(rows);
    space.style.height = `${length() * rowHeight}px`;
    if (isFollowing) scroller.scrollTop = scroller.scrollHeight;
    drawRows();
  }

  function drawRows(): void {
    if (rowHeight === 0) return;
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - spareRows);
    const last = Math.min(length(), Math.ceil((scroller.scrollTop + scroller.clientHeight) / rowHeight) + spareRows);
    const range = `${first} ${last} ${log.dropped} ${chosen === undefined ? "" : search.value}`;
    if (range === drawnRange) return;
    drawnRange = range;
    rows.style.transform = `translateY(${first * rowHeight}px)`;
    rows.replaceChildren(
      ...Array.from({ length: Math.max(0, last - first) }, (_, index) => log.lines[positionOf(first + index)])
        .filter((line) => line !== undefined)
        .map(rowOf),
    );
  }

  function drawCount(): void {
    const kept = log.lines.length.toLocaleString("en");
    const lines = log.lines.length === 1 ? "line" : "lines";
    const what =
      chosen === undefined ? `${kept} ${lines}` : `${chosen.length.toLocaleString("en")} of ${kept} ${lines}`;
    const before = log.dropped > 0 ? `; ${log.dropped.toLocaleString("en")} before them are in the log file` : "";
    setText(count, `${what}${before}`);
  }

  function setFollowing(follow: boolean): void {
    isFollowing = follow;
    followBox.checked = follow;
  }

  function filter(): void {
    drawnRange = "";
    choose();
    layOut();
    drawCount();
  }

  levelSelect.addEventListener("change", filter);
  search.addEventListener("input", filter);
  followBox.addEventListener("change", () => {
    setFollowing(followBox.checked);
    layOut();
  });
  scroller.addEventListener("scroll", () => {
    const isAtEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - rowHeight;
    if (isAtEnd !== isFollowing) setFollowing(isAtEnd);
    drawRows();
  });
  const resized = new ResizeObserver(() => {
    drawnRange = "";
    layOut();
  });
  resized.observe(scroller);

  const copy = button("Copy", () => {
    const lines = Array.from({ length: length() }, (_, row) => log.lines[positionOf(row)]);
    post({ type: "copy", text: lines.map((line) => (line === undefined ? "" : `${plainLine(line)}\n`)).join("") });
  });
  const tools = element(
    "div",
    { class: "log-tools", role: "toolbar", "aria-label": "Log" },
    levelSelect,
    search,
    element("label", {}, followBox, "Follow"),
    copy,
    count,
  );
  return {
    element: element(
      "section",
      { class: "log-section", "aria-labelledby": "log-title" },
      element("h2", { id: "log-title" }, "Log"),
      tools,
      scroller,
    ),
    draw({ view }) {
      if (view.log === log) return;
      const topRow = rowHeight === 0 ? 0 : Math.floor(scroller.scrollTop / rowHeight);
      const topLine = log.dropped + positionOf(topRow);
      const within = rowHeight === 0 ? 0 : scroller.scrollTop - topRow * rowHeight;
      const isShort = log.lines.length < 1;
      log = view.log;
      choose();
      drawnRange = "";
      if (!isFollowing && !isShort) {
        const row = rowOfLine(topLine - log.dropped);
        if (row !== topRow) scroller.scrollTop = row * rowHeight + within;
      }
      layOut();
      drawCount();
    },
    dispose: () => resized.disconnect(),
  };

  /** The row in which a line is, or the one after it. */
  function rowOfLine(position: number): number {
    if (chosen === undefined) return Math.max(0, position);
    const row = chosen.findIndex((each) => each >= position);
    return row === -1 ? chosen.length : row;
  }
}

function rowOf({ time, step, source, level, text }: LogLine): HTMLElement {
  return element(
    "div",
    { class: `log-row ${level} from-${source}`, ...(step === undefined ? {} : { title: stepTitles[step] }) },
    element("span", { class: "log-time" }, timeOfDay(time)),
    source === "kernel" ? element("span", { class: "log-word" }, "kernel") : undefined,
    words[level] === "" ? undefined : element("span", { class: "log-word" }, words[level]),
    element("span", { class: "log-text" }, text),
  );
}

function plainLine({ time, step, source, level, text }: LogLine): string {
  const from = [
    step,
    ...(source === "kernel" ? ["kernel"] : []),
    ...(words[level] === "" ? [] : [words[level].toLowerCase()]),
  ];
  return `${time} ${from.filter((part) => part !== undefined).join(" ")}: ${text}`;
}

/** The height of a row in pixels, as fonts and zoom make it. */
function measureRow(rows: Element): number {
  const probe = element("div", { class: "log-row" }, element("span", {}, "0"));
  rows.append(probe);
  const { height } = probe.getBoundingClientRect();
  probe.remove();
  return height;
}
