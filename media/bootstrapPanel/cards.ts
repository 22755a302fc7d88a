import { describeWipe } from "../../core/src/bootstrap/describeWipe.ts";
import type { Question } from "../../core/src/bootstrap/events.ts";
import { findingsBehind, nextMoves } from "../../core/src/bootstrap/nextMoves.ts";
import type { RunState } from "../../core/src/bootstrap/runState.ts";
import { stepTitles } from "../../core/src/bootstrap/stepId.ts";
import { element } from "../element.ts";
import { button, replaceContent } from "./dom.ts";
import { icon } from "./icon.ts";
import { isResumable, type RunDrawing, type RunPart } from "./runPart.ts";
import { post } from "./vscodeApi.ts";
import { withoutOptions } from "./withoutOptions.ts";

const questions = {
  "confirm-host-key": { title: "Is this the right machine?", answer: "Compare the Fingerprint..." },
  "confirm-wipe": { title: "May the disk be wiped?", answer: "Confirm the Wipe..." },
} as const;

/** What asks for a decision: an open question, a failure, a run that stands still. */
export function createCards(): RunPart {
  const cards = element("div", { class: "cards" });
  let shown: readonly unknown[] = [];
  return {
    element: cards,
    draw(drawing) {
      const { state } = drawing.view;
      const question = drawing.process === "running" ? state.question : undefined;
      const failure = drawing.process === "running" ? undefined : state.failure;
      const resumable = isResumable(drawing);
      const wanted = [question?.id, question?.text, failure?.seq, failure?.message, resumable, drawing.process];
      if (wanted.length === shown.length && wanted.every((each, index) => each === shown[index])) return;
      shown = wanted;
      replaceContent(
        cards,
        question && questionCard(question, state),
        failure && failureCard(failure, drawing),
        resumable && !failure ? stoppedCard(state) : undefined,
      );
    },
  };
}

function questionCard(question: Question, { host, target }: RunState): HTMLElement {
  const { title, answer } = questions[question.kind];
  return element(
    "section",
    { class: "card question", "aria-labelledby": "question" },
    element("h2", { class: "card-title", id: "question" }, icon("question"), title),
    ...questionLines(question, host, target).map((line) => element("p", {}, line)),
    element(
      "div",
      { class: "actions" },
      button(answer, () => post({ type: "answer", question: question.id }), { class: "primary", "data-key": "answer" }),
    ),
  );
}

function questionLines(question: Question, host: string, target: string): string[] {
  if (question.kind === "confirm-host-key") return [question.text];
  const { message, detail } = describeWipe(question, host, target);
  return [message, ...detail.split("\n").filter((line) => line !== "")];
}

function failureCard(failure: NonNullable<RunState["failure"]>, drawing: RunDrawing): HTMLElement {
  const { state } = drawing.view;
  const { step, message, cause, remedy, evidence, failure: id } = failure;
  return element(
    "section",
    { class: "card failure", "aria-labelledby": "failure" },
    element("h2", { class: "card-title", id: "failure" }, icon("error"), `Failed: ${stepTitles[step]}`),
    ...withoutOptions(message)
      .split("\n")
      .map((line) => element("p", {}, line)),
    cause === undefined ? undefined : element("p", {}, element("strong", {}, "Cause: "), cause),
    remedy === undefined ? undefined : element("p", {}, element("strong", {}, "What to do: "), remedy),
    evidence === undefined
      ? undefined
      : element(
          "figure",
          {},
          element("figcaption", {}, "What showed it:"),
          element("pre", { tabindex: "0", "aria-label": "Evidence" }, evidence),
        ),
    element(
      "div",
      { class: "actions" },
      ...(isResumable(drawing) ? moves(state, failure.resumeFrom) : []),
      ...findingsBehind(state).map(({ id: rule, place }) =>
        place === undefined
          ? undefined
          : button(`Open the Finding ${rule}`, () => post({ type: "openFinding", ...place }), {
              "data-key": `finding ${rule}`,
            }),
      ),
      id === undefined
        ? undefined
        : button("Open Troubleshooting", () => post({ type: "openTroubleshooting", failure: id }), {
            "data-key": "troubleshooting",
          }),
      evidence === undefined
        ? undefined
        : button("Copy Evidence", () => post({ type: "copy", text: evidence }), { "data-key": "evidence" }),
    ),
  );
}

function stoppedCard(state: RunState): HTMLElement {
  const at =
    state.steps.find(({ status }) => status === "running" || status === "failed") ??
    state.steps.find(({ status }) => status === "waiting");
  return element(
    "section",
    { class: "card stopped", "aria-labelledby": "stopped" },
    element("h2", { class: "card-title", id: "stopped" }, icon("skipped"), "The run stands still"),
    element("p", {}, "It looks on the target for what was done and goes on after it."),
    element("div", { class: "actions" }, ...moves(state, at?.id)),
  );
}

/** The ways to go on, the usual one first. */
function moves(state: RunState, from: RunState["steps"][number]["id"] | undefined): HTMLElement[] {
  return nextMoves(state).map(({ label, changes, asks }, index) =>
    button(
      index === 0 && from !== undefined ? `${label} from "${stepTitles[from]}"` : label,
      () => post(asks === undefined ? { type: "resume", changes } : { type: "resumeOnBuildHost" }),
      { class: index === 0 ? "primary" : "secondary", "data-key": label },
    ),
  );
}
