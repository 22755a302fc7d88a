import { svgElement } from "../element.ts";

/** Shapes of 16 by 16 that can be told apart without their colour. */
const shapes = {
  waiting: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z",
  running: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
  done: "M3 8.5l3.2 3.2L13 4.8",
  skipped: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5.5 8h5",
  failed: "M4 4l8 8M12 4l-8 8",
  error: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM6 6l4 4M10 6l-4 4",
  warning: "M8 2.5l6 11H2zM8 6.5v3.5M8 11.6v.6",
  info: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 7.3v3.4M8 5v.6",
  question: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM6.4 6.6a1.7 1.7 0 1 1 2.4 1.5c-.5.3-.8.6-.8 1.2M8 10.8v.6",
} as const;

export type IconName = keyof typeof shapes;

/** A picture beside a word that says the same. */
export function icon(name: IconName): SVGSVGElement {
  const path = svgElement("path", { d: shapes[name] });
  return svgElement("svg", { class: `icon icon-${name}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, path);
}
