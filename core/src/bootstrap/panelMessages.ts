import { isPlan } from "./isRunEvent.ts";
import type { BootstrapChoices, BootstrapPlan } from "./plan.ts";
import type { RunView } from "./runView.ts";
import { flag, listOf, number, object, oneOf, optional, orNull, type Shape, text } from "./shape.ts";

const whens = ["auto", "always", "never"] as const;

/** What is chosen in the panel before a run, and again when one is taken up. */
export type PanelChoices = Omit<BootstrapChoices, "initrdMiB" | "kexec">;

/** How the process of a run stands: it works, it ended as the journal says, it is gone without that, or so is its directory. */
export type RunProcess = "running" | "ended" | "interrupted" | "missing";

/** What the extension tells the panel. */
export type ToPanel =
  | {
      readonly type: "plan";
      readonly plan: BootstrapPlan;
      readonly choices: PanelChoices;
      /** A directory that is copied over the installed system. */
      readonly extraFiles?: string | undefined;
      /** What goes on because somebody asked for it. */
      readonly busy?: "planning" | "starting" | undefined;
      /** Why that did not work. */
      readonly problem?: string | undefined;
    }
  | {
      readonly type: "run";
      readonly run: string;
      readonly view: RunView;
      readonly process: RunProcess;
      /** The clock of the computer that writes the journal, in milliseconds since 1970; the panel may be drawn on another. */
      readonly now: number;
    }
  | { readonly type: "events"; readonly run: string; readonly events: readonly unknown[] }
  | { readonly type: "process"; readonly run: string; readonly process: RunProcess }
  /** Something that was asked for failed. */
  | { readonly type: "problem"; readonly text: string }
  /** There is nothing to show any more. */
  | { readonly type: "nothing"; readonly text: string }
  /** The answer to a ping. */
  | { readonly type: "pong" };

/** What the panel asks of the extension. */
export type FromPanel =
  | { readonly type: "ready" }
  /** Whether the extension is there. */
  | { readonly type: "ping" }
  | { readonly type: "start"; readonly choices: PanelChoices }
  | { readonly type: "replan"; readonly choices: PanelChoices }
  /** Leaves what the plan is busy with. */
  | { readonly type: "stop" }
  | { readonly type: "chooseExtraFiles" }
  | { readonly type: "removeExtraFiles" }
  | { readonly type: "chooseBuildHost" }
  | { readonly type: "planAgain" }
  | { readonly type: "cancel" }
  | { readonly type: "answer"; readonly question: string }
  | { readonly type: "resume"; readonly changes: Partial<PanelChoices> }
  /** Asks for the machine that builds, and goes on with it. */
  | { readonly type: "resumeOnBuildHost" }
  | { readonly type: "openFinding"; readonly file: string; readonly line: number }
  | { readonly type: "openTroubleshooting"; readonly failure: string }
  | { readonly type: "openLog" }
  | { readonly type: "openRunFolder" }
  | { readonly type: "saveReport" }
  | { readonly type: "copy"; readonly text: string };

const choices = object({
  patch: oneOf(whens),
  overlay: oneOf(whens),
  swapFile: oneOf(whens),
  diskoDependencies: flag,
  buildHost: orNull(text),
  accept: listOf(text),
});

const nothing = object({});

const process = oneOf(["running", "ended", "interrupted", "missing"]);

const isView = object({
  next: number,
  missing: number,
  state: object({ steps: listOf(object({ id: text, status: text })) }),
  log: object({ lines: listOf(object({ time: text, level: text, text })), dropped: number }),
  memory: object({ points: listOf(object({ time: number })), killings: listOf(object({ time: number, line: text })) }),
});

const toPanel: Readonly<Record<ToPanel["type"], Shape<unknown>>> = {
  plan: object({
    plan: isPlan,
    choices,
    extraFiles: optional(text),
    busy: optional(oneOf(["planning", "starting"])),
    problem: optional(text),
  }),
  run: object({ run: text, view: isView, process, now: number }),
  events: object({ run: text, events: listOf(object({})) }),
  process: object({ run: text, process }),
  problem: object({ text }),
  nothing: object({ text }),
  pong: nothing,
};

const fromPanel: Readonly<Record<FromPanel["type"], Shape<unknown>>> = {
  ready: nothing,
  ping: nothing,
  start: object({ choices }),
  replan: object({ choices }),
  stop: nothing,
  chooseExtraFiles: nothing,
  removeExtraFiles: nothing,
  chooseBuildHost: nothing,
  planAgain: nothing,
  cancel: nothing,
  answer: object({ question: text }),
  resume: object({
    changes: object({
      patch: optional(oneOf(whens)),
      overlay: optional(oneOf(whens)),
      swapFile: optional(oneOf(whens)),
      diskoDependencies: optional(flag),
      buildHost: optional(orNull(text)),
      accept: optional(listOf(text)),
    }),
  }),
  resumeOnBuildHost: nothing,
  openFinding: object({ file: text, line: number }),
  openTroubleshooting: object({ failure: text }),
  openLog: nothing,
  openRunFolder: nothing,
  saveReport: nothing,
  copy: object({ text }),
};

/** Whether a message that reached the panel is one of the extension's. */
export function isToPanel(message: unknown): message is ToPanel {
  return isMessage(message, toPanel);
}

/** Whether a message that reached the extension is one of the panel's. */
export function isFromPanel(message: unknown): message is FromPanel {
  return isMessage(message, fromPanel);
}

function isMessage(message: unknown, shapes: Readonly<Record<string, Shape<unknown>>>): boolean {
  if (!object({ type: text })(message)) return false;
  return Object.hasOwn(shapes, message.type) && shapes[message.type]?.(message) === true;
}
