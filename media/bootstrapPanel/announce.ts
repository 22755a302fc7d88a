import { element } from "../element.ts";
import { setText } from "./dom.ts";

/** What screen readers say when its text changes; it is there before anything is said, or they would miss it. */
export const announcer = element("div", { class: "visually-hidden", role: "status" });

export function announce(text: string): void {
  setText(announcer, text);
}
