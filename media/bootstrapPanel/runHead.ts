import type { TargetState } from "../../core/src/bootstrap/events.ts";
import { elapsed } from "../../core/src/durations.ts";
import { element } from "../element.ts";
import { button, replaceContent, setText } from "./dom.ts";
import { type IconName, icon } from "./icon.ts";
import { progressLine } from "./progressLine.ts";
import type { RunDrawing, RunPart } from "./runPart.ts";
import { post } from "./vscodeApi.ts";

/** What the state of a target means for the one who owns it. */
const targetStates: Readonly<Record<TargetState, string>> = {
  "old system running, nothing changed": "The old system runs; nothing was changed on it.",
  "old system running, prepared": "The old system runs; tools, zram and the run's key may have been added to it.",
  "installer running, disk untouched":
    "The installer runs in memory and the disk is untouched: a power-cycle brings the old system back.",
  "disk wiped, not installed":
    "The disk is wiped and nothing is installed yet: do not power-cycle the machine, go on with the run.",
  "installed, not yet proven": "NixOS is installed; it is not yet proven that it lets you in.",
  "installed and proven": "NixOS is installed, runs, and lets you in.",
  "not known": "It is not known what runs on the target: look at its console.",
};

interface Standing {
  readonly icon: IconName;
  readonly text: string;
  readonly kind: "running" | "done" | "failed" | "stopped";
}

/** Host and target, how the run stands, and what can be done with the run as a whole. */
export function createRunHead(): RunPart {
  const title = element("h1");
  const standing = element("p", { class: "standing", role: "status" });
  const time = element("p", { class: "run-time" });
  const progress = element("div", { class: "progress" });
  const consequence = element("p", { class: "consequence" });
  const missing = element("p", { class: "note" });
  const actions = element("div", { class: "actions" });
  let shownStanding = "";
  let shownActions = "";

  function drawActions({ view, process }: RunDrawing): void {
    const { outcome, isCancelRequested } = view.state;
    const wanted = `${process} ${outcome} ${isCancelRequested}`;
    if (wanted === shownActions) return;
    shownActions = wanted;
    const isRunning = process === "running";
    replaceContent(
      actions,
      isRunning
        ? button(isCancelRequested ? "Cancelling..." : "Cancel", () => post({ type: "cancel" }), {
            "data-key": "cancel",
            disabled: isCancelRequested,
          })
        : undefined,
      !isRunning && outcome !== undefined
        ? button("Save Report...", () => post({ type: "saveReport" }), {
            "data-key": "report",
            class: outcome === "installed" ? "primary" : "secondary",
          })
        : undefined,
      process === "missing" ? undefined : button("Open Log", () => post({ type: "openLog" }), { "data-key": "log" }),
      process === "missing"
        ? undefined
        : button("Open Folder", () => post({ type: "openRunFolder" }), { "data-key": "folder" }),
    );
  }

  return {
    element: element("header", { class: "run-head" }, title, standing, time, progress, consequence, missing, actions),
    draw(drawing) {
      const { view, process, now } = drawing;
      const { host, target, workedMs, lastEventAt, targetState } = view.state;
      if (title.textContent !== `Bootstrap ${host} on ${target}`)
        replaceContent(title, `Bootstrap ${host}`, element("span", { class: "target" }, ` on ${target}`));
      const { icon: name, text, kind } = standingOf(drawing);
      // Announced when it changes, and only then.
      if (text !== shownStanding) {
        shownStanding = text;
        standing.className = `standing ${kind}`;
        replaceContent(standing, icon(name), element("span", {}, text));
      }
      const isTimed = process === "running" && lastEventAt !== "";
      setText(
        time,
        isTimed ? `Running for ${elapsed(workedMs + now - Date.parse(lastEventAt))}` : `Run ${drawing.run}`,
      );
      progressLine(progress, process === "running" ? view.state.progress : undefined);
      setText(
        consequence,
        process !== "running" && targetState !== undefined ? (targetStates[targetState] ?? targetState) : "",
      );
      setText(missing, missingText(view.missing));
      drawActions(drawing);
    },
  };
}

function missingText(events: number): string {
  if (events === 0) return "";
  return events === 1 ? "One event of the journal is missing." : `${events} events of the journal are missing.`;
}

function standingOf({ view, process }: RunDrawing): Standing {
  const { state } = view;
  const { outcome, failure, workedMs } = state;
  const took = elapsed(workedMs);
  if (process === "missing") return stopped("The directory of this run is gone.");
  if (process === "interrupted")
    return stopped("Interrupted: the process of this run is gone. What it did is kept, and it can go on.");
  if (process === "running") return running(view);
  switch (outcome) {
    case "installed":
      return { icon: "done", kind: "done", text: `Installed and proven in ${took}` };
    case "cancelled":
      return stopped(`Cancelled after ${took}`);
    case "proof-failed":
      return { icon: "warning", kind: "failed", text: `Installed in ${took}, but a check failed` };
    case "not-started":
      return { icon: "failed", kind: "failed", text: "Not started" };
    default: {
      const step = state.steps.find(({ id }) => id === failure?.step);
      return { icon: "failed", kind: "failed", text: `Failed after ${took}${step ? `: ${step.title}` : ""}` };
    }
  }
}

function stopped(text: string): Standing {
  return { icon: "skipped", kind: "stopped", text };
}

function running({ state }: RunDrawing["view"]): Standing {
  if (state.isCancelRequested)
    return { icon: "running", kind: "running", text: "Cancelling; the target is left as it is" };
  if (state.question) return { icon: "question", kind: "running", text: "Waits for your answer" };
  const index = state.steps.findIndex(({ status }) => status === "running");
  const step = state.steps[index];
  const text = step ? `Step ${index + 1} of ${state.steps.length}: ${step.title}` : "Running";
  return { icon: "running", kind: "running", text };
}
