import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { closureMarkdown } from "../../core/src/closure/closureMarkdown.ts";
import { noComparison } from "../../core/src/closure/explorerMessages.ts";
import { describeAge } from "../../core/src/describeAge.ts";
import { button, element } from "../element.ts";
import type { ExplorerContext } from "./explorerContext.ts";

/** What the closure is, what is known of it as a whole, and what can be done with it. */
export function createHeader({ model, ask, state }: ExplorerContext): HTMLElement {
  const { measurement, analysis, notices, choices, baseline } = model;
  const { host, measuredAt, revision, root } = measurement;
  const facts = [
    `${analysis.pathCount.toLocaleString("en")} paths`,
    `measured ${describeAge(Date.parse(measuredAt), Date.now())}`,
    ...(revision === undefined ? [] : [`commit ${revision.slice(0, 8)}`]),
  ];
  const compare = element("select", { "aria-label": "Compare with" });
  compare.append(element("option", { value: "" }, baseline ? `Compared with ${baseline.label}` : "Compare with..."));
  if (baseline) compare.append(element("option", { value: noComparison }, "nothing"));
  for (const { id, label } of choices) compare.append(element("option", { value: id }, label));
  compare.addEventListener("change", () => {
    ask({ kind: "compare", with: compare.value });
    compare.selectedIndex = 0;
  });
  const copy = (): void => {
    const ticked = [...state().ticked];
    ask({ kind: "copy", text: closureMarkdown(analysis, { baseline, ticked }) });
  };
  return element(
    "header",
    {},
    element(
      "div",
      { class: "title" },
      element("h1", { title: root }, host || model.names[analysis.graph.root] || ""),
      element("strong", { class: "total" }, formatBytes(analysis.totalBytes)),
      element("span", { class: "facts" }, facts.join(" · ")),
    ),
    element(
      "div",
      { class: "actions" },
      button("Measure Again", { disabled: host === "" }, () => ask({ kind: "measure" })),
      compare,
      button("Copy as Markdown", { class: "secondary" }, copy),
      button("Save as HTML", { class: "secondary" }, () => ask({ kind: "saveReport" })),
    ),
    ...(notices.length === 0
      ? []
      : [
          element(
            "ul",
            { class: "notices" },
            ...notices.map(({ severity, text }) =>
              element("li", { class: severity }, severity === "warning" ? `⚠ ${text}` : text),
            ),
          ),
        ]),
  );
}
