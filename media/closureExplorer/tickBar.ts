import { formatBytes } from "../../core/src/closure/byteSizes.ts";
import { withoutPaths } from "../../core/src/closure/withoutPaths.ts";
import { button, element } from "../element.ts";
import type { ExplorerContext, View } from "./explorerContext.ts";

/** What the closure would be without the paths that are ticked. */
export function createTickBar(context: ExplorerContext): View {
  const { analysis } = context.model;
  const text = element("p", { role: "status" });
  const clear = button("Clear", { class: "secondary" }, () => context.change({ ticked: new Set() }));
  const root = element("div", { class: "tickBar" }, text, clear);
  return {
    element: root,
    update({ ticked }, before) {
      if (before?.ticked === ticked) return;
      root.classList.toggle("unused", ticked.size === 0);
      clear.disabled = ticked.size === 0;
      if (ticked.size === 0) {
        text.textContent = "Tick paths to see what is left without them.";
        return;
      }
      const { freedBytes, totalBytes, pathCount } = withoutPaths(analysis.graph, ticked);
      const gone = analysis.pathCount - pathCount;
      const what = ticked.size === 1 ? "this path" : `these ${ticked.size}`;
      text.replaceChildren(
        element("strong", {}, `Drop ${what}: -${formatBytes(freedBytes)}`),
        ` · ${formatBytes(totalBytes)} left, ${gone} of ${analysis.pathCount} paths gone`,
      );
    },
  };
}
