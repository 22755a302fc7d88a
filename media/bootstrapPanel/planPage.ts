import { acceptedErrors, describeVerdict } from "../../core/src/bootstrap/describeVerdict.ts";
import type { PanelChoices, ToPanel } from "../../core/src/bootstrap/panelMessages.ts";
import type { BootstrapPlan } from "../../core/src/bootstrap/plan.ts";
import { element } from "../element.ts";
import { announce } from "./announce.ts";
import { choicesForm } from "./choicesForm.ts";
import { button, replaceContent } from "./dom.ts";
import { findingList } from "./findingList.ts";
import { type IconName, icon } from "./icon.ts";
import { machineLine } from "./machineLine.ts";
import { memoryPicture } from "./memoryPicture.ts";
import { plannedSteps } from "./plannedSteps.ts";
import { post } from "./vscodeApi.ts";

type PlanMessage = Extract<ToPanel, { type: "plan" }>;

const verdicts = {
  ok: { icon: "done", title: "Ready" },
  tight: { icon: "warning", title: "Ready, with little room" },
  blocked: { icon: "error", title: "It cannot work like this" },
} as const;
const memoryUnknown = { icon: "warning", title: "Ready, as far as is known" } as const;

function verdictOf(plan: BootstrapPlan): {
  readonly kind: BootstrapPlan["verdict"];
  readonly icon: IconName;
  readonly title: string;
} {
  const { verdict, forecast } = plan;
  const { length } = acceptedErrors(plan);
  if (length > 0)
    return {
      kind: "tight",
      icon: "warning",
      title: `Ready, in spite of ${length === 1 ? "an error" : `${length} errors`}`,
    };
  return { kind: verdict, ...(verdict !== "blocked" && forecast.length === 0 ? memoryUnknown : verdicts[verdict]) };
}

/** What would happen, before anything does. */
export function showPlan(page: Element, message: PlanMessage): void {
  const { plan, choices, busy } = message;
  const replan = (changed: Partial<PanelChoices>): void =>
    post({ type: "replan", choices: { ...choices, ...changed } });
  announce(busy === "planning" ? "Planning again" : verdictOf(plan).title);
  page.className = "plan-page";
  replaceContent(
    page,
    element("h1", {}, `Bootstrap ${plan.host}`, element("span", { class: "target" }, ` on ${plan.target}`)),
    element("p", { class: "machine" }, machineLine(plan.facts)),
    verdictCard(message),
    section("Findings", "findings", findingList(plan, choices, replan, busy !== undefined)),
    section("Memory", "memory", memoryPicture(plan)),
    section("Choices", "choices", choicesForm(message, replan)),
    section("Steps", "steps", plannedSteps(plan)),
    busy === undefined ? undefined : busyBar(busy),
  );
}

/** What is on its way, wherever on the page it was asked for, and the way out when a machine hangs. */
function busyBar(busy: NonNullable<PlanMessage["busy"]>): HTMLElement {
  return element(
    "div",
    { class: "busy-bar" },
    icon("running"),
    element("span", {}, busy === "planning" ? "Planning again..." : "Starting..."),
    // It goes when it was pressed, and leaves the focus to the other one.
    button("Cancel", () => post({ type: "stop" }), { "data-key": "start" }),
  );
}

function section(title: string, id: string, content: Element): HTMLElement {
  return element("section", { class: id, "aria-labelledby": id }, element("h2", { id }, title), content);
}

function verdictCard({ plan, choices, busy, problem }: PlanMessage): HTMLElement {
  const verdict = verdictOf(plan);
  const isBlocked = plan.verdict === "blocked";
  const start = button(busy === "starting" ? "Starting..." : "Start", () => post({ type: "start", choices }), {
    class: "primary",
    "data-key": "start",
    "aria-describedby": "verdict",
    disabled: isBlocked || busy !== undefined,
  });
  const reasons = reasonsAgainst(plan, choices);
  return element(
    "div",
    { class: `card verdict-${verdict.kind}` },
    element(
      "div",
      { id: "verdict" },
      element("p", { class: "card-title" }, icon(verdict.icon), verdict.title),
      element(
        "p",
        {},
        busy === "planning" ? "Planning again..." : isBlocked ? "What stands against it:" : describeVerdict(plan),
      ),
      reasons.length > 0 ? element("ul", { role: "list" }, ...reasons) : undefined,
      problem === undefined ? undefined : element("p", { class: "card-problem" }, icon("error"), `Error: ${problem}`),
    ),
    element(
      "div",
      { class: "actions" },
      start,
      element(
        "span",
        { class: "note" },
        "You are asked once more before the disk is wiped; until then the old system stays on it.",
      ),
    ),
  );
}

/** More errors than these are only counted beside the button: all of them are below it. */
const mostReasons = 5;

/** Why it cannot be started, and what would help. */
function reasonsAgainst({ verdict, preflight, forecast }: BootstrapPlan, { accept }: PanelChoices): HTMLElement[] {
  if (verdict !== "blocked") return [];
  const errors = preflight.filter(({ id, severity }) => severity === "error" && !accept.includes(id));
  const shown = errors.length > mostReasons + 1 ? errors.slice(0, mostReasons) : errors;
  const more = errors.length - shown.length;
  const memory = forecast.filter((row) => row.verdict === "blocked");
  const reason = (what: string, help: string): HTMLElement =>
    element("li", { class: "reason" }, what, element("span", { class: "remedy" }, help));
  return [
    ...shown.map(({ message, remedy, place }) =>
      reason(message, place === undefined ? remedy : "Correct it in the file."),
    ),
    ...(more > 0 ? [element("li", { class: "reason" }, `${more} further errors are among the findings.`)] : []),
    ...memory.map(({ what, needMiB, haveMiB, action }) =>
      reason(`Memory: ${what}: needs ${needMiB} MiB, has ${haveMiB} MiB.`, action),
    ),
  ];
}
