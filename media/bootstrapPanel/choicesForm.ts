import type { PanelChoices, ToPanel } from "../../core/src/bootstrap/panelMessages.ts";
import { element } from "../element.ts";
import { button } from "./dom.ts";
import { post } from "./vscodeApi.ts";

const whens = { auto: "When it is needed", always: "Always", never: "Never" } as const;

/** What can be chosen; every change plans anew. */
export function choicesForm(
  { choices, extraFiles, busy }: Extract<ToPanel, { type: "plan" }>,
  replan: (changed: Partial<PanelChoices>) => void,
): HTMLElement {
  const isBusy = busy !== undefined;
  return element(
    "div",
    { class: "choices-form" },
    whenChoice(
      "patch",
      "Patch the disko script",
      "Replaces its udevadm calls by bounded waits.",
      choices,
      replan,
      isBusy,
    ),
    whenChoice(
      "overlay",
      "Put the installer's store on the disk",
      "For what does not fit into the installer's memory.",
      choices,
      replan,
      isBusy,
    ),
    whenChoice(
      "swapFile",
      "Give the old system a swap file",
      "While the installer is loaded, for what zram does not make room for.",
      choices,
      replan,
      isBusy,
    ),
    dependencies(choices, replan, isBusy),
    buildHostChoice(choices, replan, isBusy),
    directory(extraFiles, isBusy),
    element("p", { class: "note" }, "zram is set up by itself where memory needs it."),
  );
}

function whenChoice(
  name: "patch" | "overlay" | "swapFile",
  label: string,
  help: string,
  choices: PanelChoices,
  replan: (changed: Partial<PanelChoices>) => void,
  disabled: boolean,
): HTMLElement {
  const select = element(
    "select",
    { id: name, disabled, "data-key": name, "aria-describedby": `${name}-help` },
    ...Object.entries(whens).map(([value, text]) =>
      element("option", { value, selected: value === choices[name] }, text),
    ),
  );
  select.addEventListener("change", () => replan({ [name]: select.value as PanelChoices["patch"] }));
  return element(
    "div",
    { class: "choice" },
    element("label", { for: name }, label),
    select,
    element("p", { class: "remedy", id: `${name}-help` }, help),
  );
}

function dependencies(
  { diskoDependencies }: PanelChoices,
  replan: (changed: Partial<PanelChoices>) => void,
  disabled: boolean,
): HTMLElement {
  const box = element("input", {
    type: "checkbox",
    id: "dependencies",
    checked: diskoDependencies,
    disabled,
    "data-key": "dependencies",
    "aria-describedby": "dependencies-help",
  });
  box.addEventListener("change", () => replan({ diskoDependencies: box.checked }));
  return element(
    "div",
    { class: "choice" },
    element("label", {}, box, "Take disko's tools along"),
    element(
      "p",
      { class: "remedy", id: "dependencies-help" },
      "Instead of using the installer's; needs 400 MiB more of its memory.",
    ),
  );
}

const here = "here";
const another = "another";

function buildHostChoice(
  { buildHost }: PanelChoices,
  replan: (changed: Partial<PanelChoices>) => void,
  disabled: boolean,
): HTMLElement {
  const select = element(
    "select",
    { id: "build-host", disabled, "data-key": "build-host", "aria-describedby": "build-host-help" },
    element("option", { value: here, selected: buildHost === null }, "This computer and its Nix's builders"),
    buildHost === null ? undefined : element("option", { value: "chosen", selected: true }, buildHost),
    element("option", { value: another }, "Another machine..."),
  );
  select.addEventListener("change", () => {
    if (select.value === here) replan({ buildHost: null });
    // Which one is asked natively.
    else if (select.value === another) post({ type: "chooseBuildHost" });
  });
  return element(
    "div",
    { class: "choice" },
    element("label", { for: "build-host" }, "Build on"),
    select,
    element(
      "p",
      { class: "remedy", id: "build-host-help" },
      "Never on the target: its memory is too small for it. What another machine builds is copied here first.",
    ),
  );
}

function directory(path: string | undefined, disabled: boolean): HTMLElement {
  return element(
    "div",
    { class: "choice", role: "group", "aria-labelledby": "extra-files" },
    element("span", { id: "extra-files" }, "Files for the installed system"),
    element("p", { class: "path" }, path ?? "none"),
    element(
      "p",
      { class: "actions" },
      button("Choose Folder...", () => post({ type: "chooseExtraFiles" }), { disabled, "data-key": "choose-files" }),
      path === undefined
        ? undefined
        : button("Remove", () => post({ type: "removeExtraFiles" }), { disabled, "data-key": "remove-files" }),
    ),
    element("p", { class: "remedy" }, "Copied over it before its first boot, such as host keys made beforehand."),
  );
}
