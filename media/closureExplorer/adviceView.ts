import { type Advice, closureAdvice } from "../../core/src/closure/advice.ts";
import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { button, element } from "../element.ts";
import { type ExplorerContext, toggleTick, type View } from "./explorerContext.ts";
import type { ExplorerState } from "./explorerState.ts";

/** More names than these tell nothing more. */
const shownPaths = 8;

/** What a small server carries without using it: the bytes, and the option that removes them. */
export function createAdviceView(context: ExplorerContext): View {
  const { model } = context;
  const all = closureAdvice(model.analysis);
  const boxes = new Map<Advice, HTMLInputElement>();
  const root = element("section", { class: "view adviceView", "aria-label": "Advice" });
  if (all.length === 0) root.append(element("p", { class: "empty" }, "Nothing in it is known to be dispensable."));
  else root.append(element("ul", { class: "advice" }, ...all.map(item)));

  function item(advice: Advice): HTMLElement {
    const { title, reason, remedy, options } = advice.offender;
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => toggleTick(context, advice.paths));
    boxes.set(advice, box);
    return element(
      "li",
      {},
      element("h3", {}, `${formatBytes(advice.savesBytes)}: ${title}`),
      element("p", {}, `${reason} ${remedy}`),
      ...(options.length === 0 ? [] : [optionsBlock(options)]),
      paths(advice),
      element("label", {}, box, "Try without"),
    );
  }

  function optionsBlock(options: readonly string[]): HTMLElement {
    const text = options.join("\n");
    const copy = button("Copy", { class: "secondary", title: "Copy the options" }, () =>
      context.ask({ kind: "copy", text }),
    );
    return element("div", { class: "options" }, element("pre", {}, text), copy);
  }

  function paths(advice: Advice): HTMLElement {
    const shown = advice.paths.slice(0, shownPaths);
    const more = advice.paths.length - shown.length;
    const list = element("p", { class: "paths" });
    for (const path of shown) {
      const name = button(model.names[path] ?? "", { class: "link" }, () => context.change({ selected: path }));
      list.append(name, " ");
    }
    if (more > 0) list.append(`and ${more} more`);
    return list;
  }

  return {
    element: root,
    update({ ticked }: ExplorerState) {
      for (const [{ paths }, box] of boxes) box.checked = paths.every((path) => ticked.has(path));
    },
  };
}
