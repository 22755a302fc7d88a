import type { ForecastRow } from "../../core/src/bootstrap/memoryForecast.ts";
import type { BootstrapPlan } from "../../core/src/bootstrap/plan.ts";
import { stepTitles } from "../../core/src/bootstrap/stepId.ts";
import { element } from "../element.ts";
import { icon } from "./icon.ts";

const verdicts = {
  ok: { icon: "done", word: "Fits" },
  tight: { icon: "warning", word: "Tight" },
  blocked: { icon: "error", word: "Does not fit" },
} as const;

/** Whether somebody opened the table: planning anew draws all of it again. */
let isTableOpen = false;

/** The memory at each stage as a bar, drawn to one scale: what is in it already, what comes, and how far it reaches with swap. */
export function memoryPicture({ forecast }: BootstrapPlan): HTMLElement {
  if (forecast.length === 0) return element("p", {}, "How much memory the target has is not known.");
  const scaleMiB = Math.max(
    ...forecast.map((row) => Math.max(row.totalMiB + row.swapMiB, takenMiB(row) + row.needMiB)),
  );
  return element(
    "div",
    { class: "memory-picture" },
    legend(),
    element("ol", { role: "list", class: "stages" }, ...forecast.map((row) => stage(row, scaleMiB))),
    asTable(forecast),
  );
}

function takenMiB({ taken }: ForecastRow): number {
  return taken.reduce((sum, { mib }) => sum + mib, 0);
}

function legend(): HTMLElement {
  const item = (name: string, text: string): HTMLElement =>
    element("li", {}, element("span", { class: `swatch ${name}`, "aria-hidden": "true" }), text);
  return element(
    "ul",
    { role: "list", class: "legend" },
    item("taken", "in memory already"),
    item("need", "needed"),
    item("free", "free"),
    item("swap", "what swap adds"),
  );
}

function stage(row: ForecastRow, scaleMiB: number): HTMLElement {
  const verdict = verdicts[row.verdict];
  return element(
    "li",
    { class: `stage ${row.verdict}` },
    element(
      "p",
      { class: "stage-head" },
      element("span", {}, element("strong", {}, stepTitles[row.step]), `: ${row.what}`),
      element("span", { class: "badge" }, icon(verdict.icon), verdict.word),
    ),
    bar(row, scaleMiB),
    element("p", { class: "stage-figures" }, figures(row)),
    row.action === "nothing" ? undefined : element("p", { class: "remedy" }, actionOf(row)),
  );
}

/** What the bar shows, in words. */
function figures({ needMiB, haveMiB, totalMiB, taken, swapMiB }: ForecastRow): string {
  const room = haveMiB < totalMiB ? `${haveMiB} of ${totalMiB} MiB are free` : `there are ${totalMiB} MiB`;
  return [
    `Needs ${needMiB} MiB; ${room}`,
    ...(swapMiB > 0 ? [`, ${haveMiB + swapMiB} MiB with swap`] : []),
    ...(taken.length > 0 ? [`. In memory: ${taken.map(({ what, mib }) => `${what} ${mib} MiB`).join(", ")}`] : []),
    ".",
  ].join("");
}

function actionOf({ verdict, action }: ForecastRow): string {
  return verdict === "blocked" ? action : `The run ${action}.`;
}

/** Only a picture: the words beside it say the same. */
function bar(row: ForecastRow, scaleMiB: number): HTMLElement {
  const part = (name: string, fromMiB: number, mib: number): HTMLElement => {
    const made = element("div", { class: `part ${name}` });
    made.style.left = `${(fromMiB / scaleMiB) * 100}%`;
    made.style.width = `${(mib / scaleMiB) * 100}%`;
    return made;
  };
  const needFrom = takenMiB(row);
  const needTo = needFrom + row.needMiB;
  const beyond = needTo - row.totalMiB - row.swapMiB;
  let from = 0;
  const taken = row.taken.map(({ mib }) => {
    from += mib;
    return part("taken", from - mib, mib);
  });
  return element(
    "div",
    { class: "bar", "aria-hidden": "true" },
    ...(row.swapMiB > 0 ? [part("swap", row.totalMiB, row.swapMiB)] : []),
    ...taken,
    part("need", needFrom, row.needMiB),
    ...(beyond > 0 ? [part("beyond", Math.max(needFrom, needTo - beyond), Math.min(beyond, row.needMiB))] : []),
    part("total", 0, row.totalMiB),
  );
}

function asTable(forecast: readonly ForecastRow[]): HTMLElement {
  const details = element(
    "details",
    { open: isTableOpen },
    element("summary", { "data-key": "memory-table" }, "As a table"),
    table(forecast),
  );
  details.addEventListener("toggle", () => {
    isTableOpen = details.open;
  });
  return details;
}

function table(forecast: readonly ForecastRow[]): HTMLElement {
  const head = ["Step", "What takes it", "Needs", "Free", "With swap", "Verdict", "What the run does"];
  const cells = ({ step, what, needMiB, haveMiB, swapMiB, verdict, action }: ForecastRow): string[] => [
    stepTitles[step],
    what,
    `${needMiB} MiB`,
    `${haveMiB} MiB`,
    `${haveMiB + swapMiB} MiB`,
    verdicts[verdict].word,
    action,
  ];
  return element(
    "div",
    { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "Memory at each stage, as a table" },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...head.map((title) => element("th", { scope: "col" }, title)))),
      element(
        "tbody",
        {},
        ...forecast.map((row) => element("tr", {}, ...cells(row).map((text) => element("td", {}, text)))),
      ),
    ),
  );
}
