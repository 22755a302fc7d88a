import { isToPanel, type ToPanel } from "../../core/src/bootstrap/panelMessages.ts";
import { element } from "../element.ts";
import { watchExtension } from "../extensionWatch.ts";
import { announce, announcer } from "./announce.ts";
import { replaceContent } from "./dom.ts";
import { showNothing } from "./nothingPage.ts";
import { showPlan } from "./planPage.ts";
import { createRunPage, type RunPage } from "./runPage.ts";
import { post, save } from "./vscodeApi.ts";
import "./panel.css";

const problem = element("div", { class: "problem", role: "alert" });
const page = element("main");
const extension = watchExtension(
  () => post({ type: "ping" }),
  () =>
    runPage === undefined
      ? { title: "Plan again", command: "nixosVps.bootstrap" }
      : { title: "Show the run again", command: "nixosVps.showRun", argument: runPage.run },
);
document.body.append(announcer, extension.element, problem, page);
// Who asks for something new knows what became of the last.
page.addEventListener("click", () => replaceContent(problem));

let runPage: RunPage | undefined;
let isReported = false;

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (isToPanel(data)) {
    extension.heard();
    receive(data);
  } else if (!isReported) {
    isReported = true;
    console.warn("A message that is not known was dropped.");
  }
});
post({ type: "ready" });

function receive(message: ToPanel): void {
  switch (message.type) {
    case "plan":
      leaveRun();
      save({});
      showPlan(page, message);
      return;
    case "nothing":
      leaveRun();
      save({});
      showNothing(page, message.text);
      return;
    case "run":
      if (runPage?.run !== message.run) {
        leaveRun();
        runPage = createRunPage(page, message.run);
        save({ run: message.run });
      }
      runPage.show(message);
      return;
    case "events":
      // What is missing in between was lost on the way: everything is sent again.
      if (runPage?.run === message.run && !runPage.add(message.events)) post({ type: "ready" });
      return;
    case "process":
      if (runPage?.run === message.run) runPage.setProcess(message.process);
      return;
    case "problem":
      replaceContent(problem, message.text);
      return;
    case "pong":
  }
}

function leaveRun(): void {
  announce("");
  replaceContent(problem);
  runPage?.dispose();
  runPage = undefined;
}
