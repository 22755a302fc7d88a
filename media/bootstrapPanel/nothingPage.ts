import { element } from "../element.ts";
import { button, replaceContent } from "./dom.ts";
import { post } from "./vscodeApi.ts";

/** The page of a panel that has neither plan nor run. */
export function showNothing(page: Element, why: string): void {
  const again = button("Plan Again...", () => post({ type: "planAgain" }), { class: "primary" });
  replaceContent(page, element("h1", {}, "Bootstrap VPS"), element("p", {}, why), element("p", {}, again));
}
