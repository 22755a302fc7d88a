import type { StepState } from "../../core/src/bootstrap/runState.ts";
import { duration, elapsed } from "../../core/src/durations.ts";
import { element } from "../element.ts";
import { setText } from "./dom.ts";
import { icon } from "./icon.ts";
import { pointOfNoReturn } from "./plannedSteps.ts";
import type { RunDrawing, RunPart } from "./runPart.ts";
import { withoutOptions } from "./withoutOptions.ts";

const words = { waiting: "Waiting", running: "Running", done: "Done", skipped: "Skipped", failed: "Failed" } as const;

/** The steps of a run with state, time and what each did; it is made once and then only changed. */
export function createStepList(): RunPart {
  const list = element("ol", { role: "list", class: "step-list" });
  const section = element(
    "section",
    { class: "steps", "aria-labelledby": "steps" },
    element("h2", { id: "steps" }, "Steps"),
    list,
  );
  let items: readonly ReturnType<typeof stepItem>[] = [];
  return {
    element: section,
    draw({ view, process, now }) {
      const { steps, plan, progress } = view.state;
      if (items.length === 0) {
        items = steps.map((step) => stepItem(step, step.id === (plan?.pointOfNoReturn ?? "disko")));
        list.replaceChildren(...items.map((item) => item.element));
      }
      steps.forEach((step, index) => {
        // What was running when the process went stands still.
        const isStill = step.status === "running" && process !== "running";
        const detail = step.status === "running" && progress?.step === step.id ? progress.text : step.detail;
        items[index]?.draw(step, { isStill, detail, now });
      });
    },
  };
}

function stepItem(first: StepState, isPointOfNoReturn: boolean) {
  const picture = element("span", { class: "step-icon" });
  const state = element("span", { class: "step-state" });
  const time = element("span", { class: "step-time" });
  const detail = element("p", { class: "step-detail" });
  const made = element(
    "li",
    {},
    isPointOfNoReturn ? pointOfNoReturn() : undefined,
    element("div", { class: "step-line" }, picture, element("span", { class: "step-title" }, first.title), state, time),
    detail,
  );
  let shown = "";
  return {
    element: made,
    draw(step: StepState, { isStill, detail: text, now }: { isStill: boolean; detail: string; now: number }): void {
      const status = isStill ? "skipped" : step.status;
      const word = isStill ? "Interrupted" : words[step.status];
      if (shown !== word) {
        shown = word;
        made.className = `step ${status}`;
        picture.replaceChildren(icon(status));
        if (word === "Running") made.setAttribute("aria-current", "step");
        else made.removeAttribute("aria-current");
        setText(state, word);
      }
      setText(time, timeOf(step, isStill, now));
      setText(detail, withoutOptions(text));
    },
  };
}

function timeOf({ status, milliseconds, startedAt }: StepState, isStill: boolean, now: RunDrawing["now"]): string {
  if (status === "running") return isStill || startedAt === "" ? "" : elapsed(now - Date.parse(startedAt));
  return milliseconds > 0 ? duration(milliseconds) : "";
}
