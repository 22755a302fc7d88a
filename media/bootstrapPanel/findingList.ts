import type { PanelChoices } from "../../core/src/bootstrap/panelMessages.ts";
import type { BootstrapPlan } from "../../core/src/bootstrap/plan.ts";
import type { PreflightFinding } from "../../core/src/bootstrap/preflight.ts";
import { element } from "../element.ts";
import { button } from "./dom.ts";
import { icon } from "./icon.ts";
import { post } from "./vscodeApi.ts";

const words = { error: "Error", warning: "Warning", info: "Note" } as const;
const order = ["error", "warning", "info"] as const;

/** What is to be known before anything is touched, the worst first. */
export function findingList(
  { preflight }: BootstrapPlan,
  choices: PanelChoices,
  replan: (changed: Partial<PanelChoices>) => void,
  isBusy: boolean,
): HTMLElement {
  if (preflight.length === 0) return element("p", {}, "Nothing was found.");
  const sorted = order.flatMap((severity) => preflight.filter((finding) => finding.severity === severity));
  return element(
    "ul",
    { role: "list", class: "finding-list" },
    ...sorted.map((finding) => findingItem(finding, choices, replan, isBusy)),
  );
}

function findingItem(
  finding: PreflightFinding,
  choices: PanelChoices,
  replan: (changed: Partial<PanelChoices>) => void,
  isBusy: boolean,
): HTMLElement {
  const { id, severity, message, remedy, place } = finding;
  return element(
    "li",
    { class: `finding ${severity}` },
    icon(severity),
    element(
      "div",
      {},
      element("p", {}, element("strong", {}, words[severity]), ` ${message} `, element("code", { class: "id" }, id)),
      // The remedy of a rule is at its place.
      place === undefined ? element("p", { class: "remedy" }, remedy) : undefined,
      place === undefined && severity !== "error"
        ? undefined
        : element(
            "p",
            { class: "actions" },
            place === undefined
              ? undefined
              : button("Show in File", () => post({ type: "openFinding", ...place }), {
                  "data-key": `show ${id} ${place.line}`,
                }),
            severity === "error" ? acceptBox(id, choices, replan, isBusy) : undefined,
          ),
    ),
  );
}

function acceptBox(
  id: string,
  { accept }: PanelChoices,
  replan: (changed: Partial<PanelChoices>) => void,
  isBusy: boolean,
): HTMLElement {
  const box = element("input", {
    type: "checkbox",
    checked: accept.includes(id),
    disabled: isBusy,
    "data-key": `accept ${id}`,
  });
  box.addEventListener("change", () =>
    replan({ accept: box.checked ? [...accept, id] : accept.filter((each) => each !== id) }),
  );
  return element("label", {}, box, `Go on in spite of ${id}`);
}
