import type { BootstrapPlan } from "../../core/src/bootstrap/plan.ts";
import { element } from "../element.ts";
import { icon } from "./icon.ts";

/** The line in a list of steps after which the old system is gone. */
export function pointOfNoReturn(): HTMLElement {
  return element(
    "div",
    { class: "point-of-no-return" },
    element("span", {}, "Point of no return: from here on the disk is wiped"),
  );
}

export function plannedSteps(plan: BootstrapPlan): HTMLElement {
  const items = plan.steps.map(({ id, title, action, reason }) =>
    element(
      "li",
      { class: `step ${action === "run" ? "waiting" : "skipped"}` },
      id === plan.pointOfNoReturn ? pointOfNoReturn() : undefined,
      element(
        "div",
        { class: "step-line" },
        icon(action === "run" ? "waiting" : "skipped"),
        element("span", { class: "step-title" }, title),
        element("span", { class: "step-state" }, action === "run" ? "Runs" : "Skipped"),
      ),
      element("p", { class: "step-detail" }, reason),
    ),
  );
  return element("ol", { role: "list", class: "step-list" }, ...items);
}
