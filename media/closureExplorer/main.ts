import { ClosureHasCycle } from "../../core/src/closure/closureGraph.ts";
import { type ExplorerAsks, type ExplorerShows, parseExplorerShows } from "../../core/src/closure/explorerMessages.ts";
import { button, element } from "../element.ts";
import { watchExtension } from "../extensionWatch.ts";
import { type ClosureModel, createClosureModel } from "./closureModel.ts";
import { createExplorer } from "./explorer.ts";
import "./panel.css";

/** What VS Code gives to the script of a webview. */
declare function acquireVsCodeApi(): {
  postMessage(message: ExplorerAsks): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const editor = acquireVsCodeApi();
const activity = element("p", { class: "activity", role: "status", hidden: true });
const content = element("main", {});
/** The host whose closure is shown, as commands take it. */
let shownHost: { readonly flake: string; readonly name: string } | undefined;
const extension = watchExtension(
  () => ask({ kind: "ping" }),
  () => ({ title: "Show the closure again", command: "nixosVps.analyzeClosure", argument: shownHost }),
);
document.body.append(extension.element, activity, content);

/** `closure` names what is shown, for the editor to find it again after a reload; `explorer` is what was chosen in it. */
interface Kept {
  readonly closure?: unknown;
  readonly explorer?: unknown;
}

function kept(): Kept {
  const state = editor.getState();
  return typeof state === "object" && state !== null ? state : {};
}

function ask(message: ExplorerAsks): void {
  editor.postMessage(message);
}

function show(message: ExplorerShows): void {
  switch (message.kind) {
    case "closure":
      showClosure(message);
      break;
    case "unmeasured":
      content.replaceChildren(notMeasured(message.host));
      break;
    case "activity":
      activity.textContent = message.text;
      activity.hidden = message.text === "";
      break;
    case "pong":
      break;
  }
}

function showClosure({ measurement, notices, choices, baseline }: Extract<ExplorerShows, { kind: "closure" }>): void {
  const { flake, host, root } = measurement;
  shownHost = { flake, name: host };
  editor.setState({ ...kept(), closure: { flake, host, root } });
  let model: ClosureModel;
  try {
    model = createClosureModel(measurement, notices, choices, baseline);
  } catch (error) {
    if (!(error instanceof ClosureHasCycle)) throw error;
    content.replaceChildren(element("p", { class: "empty" }, error.message));
    return;
  }
  const explorer = createExplorer(model, {
    ask,
    kept: kept().explorer,
    keep: (state) => editor.setState({ ...kept(), explorer: state }),
  });
  content.replaceChildren(explorer);
}

function notMeasured(host: string): HTMLElement {
  return element(
    "div",
    { class: "empty" },
    element("p", {}, `The closure of ${host} was not measured yet.`),
    button("Measure", {}, () => ask({ kind: "measure" })),
  );
}

addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  const message = parseExplorerShows(data);
  if (!message) return;
  extension.heard();
  show(message);
});
ask({ kind: "ready" });
