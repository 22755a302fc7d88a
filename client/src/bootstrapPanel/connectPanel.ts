import type { Disposable, LogOutputChannel, WebviewPanel } from "vscode";
import type { RunEvent } from "../../../core/src/bootstrap/events.ts";
import {
  type FromPanel,
  isFromPanel,
  type PanelChoices,
  type RunProcess,
  type ToPanel,
} from "../../../core/src/bootstrap/panelMessages.ts";
import type { BootstrapPlan } from "../../../core/src/bootstrap/plan.ts";
import { mostLines } from "../../../core/src/bootstrap/runLog.ts";
import { applyEvents, emptyView, type RunView } from "../../../core/src/bootstrap/runView.ts";
import type { BootstrapPanelActions, PlannedBootstrap } from "./panelActions.ts";

/** A panel and what it shows. */
export interface PanelConnection extends Disposable {
  showPlan(planned: PlannedBootstrap): void;
  showRun(run: string): void;
  showNothing(why: string): void;
  /** Whether it shows a plan for the same host of the same flake, and the same target. */
  showsPlanOf(planned: PlannedBootstrap): boolean;
  /** The run that it shows. */
  run(): string | undefined;
  isVisible(): boolean;
  isActive(): boolean;
  reveal(): void;
}

type Shown =
  | { readonly kind: "nothing"; readonly text: string }
  | {
      readonly kind: "plan";
      readonly planned: PlannedBootstrap;
      /** What the plan that is on its way is for; `planned` is still the one before. */
      readonly asked?: PlannedBootstrap["request"] | undefined;
      readonly busy?: "planning" | "starting" | undefined;
      readonly problem?: string | undefined;
    }
  | {
      readonly kind: "run";
      readonly run: string;
      readonly view: RunView;
      readonly process: RunProcess;
      readonly following: Disposable;
    };

/** Events wait this long for company: a panel draws no faster than a screen shows. */
const batchMs = 50;

/**
 * Connects a panel with what it shows. The state is kept here, because a panel that is hidden forgets everything and loses what is
 * sent to it: whenever its script starts, it says that it is ready and gets all there is.
 */
export function connectPanel(
  panel: WebviewPanel,
  log: LogOutputChannel,
  actions: BootstrapPanelActions,
): PanelConnection {
  let shown: Shown = { kind: "nothing", text: "" };
  let isReady = false;
  let waiting: RunEvent[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** Ends what a plan is busy with. */
  let work = new AbortController();
  const isReported = new Set<string>();

  function post(message: ToPanel): void {
    if (isReady) void panel.webview.postMessage(message);
  }

  /** Sends everything, so that nothing waits any more. */
  function sendAll(): void {
    waiting = [];
    switch (shown.kind) {
      case "nothing":
        post({ type: "nothing", text: shown.text });
        return;
      case "plan": {
        const { planned, asked: request = planned.request, busy, problem } = shown;
        const { plan } = planned;
        post({ type: "plan", plan, choices: choicesOf(request), extraFiles: request.extraFiles, busy, problem });
        return;
      }
      case "run":
        post({ type: "run", run: shown.run, view: shown.view, process: shown.process, now: Date.now() });
    }
  }

  function sendWaiting(): void {
    timer = undefined;
    if (shown.kind !== "run" || waiting.length === 0) return;
    if (waiting.length > mostLines) sendAll();
    else post({ type: "events", run: shown.run, events: waiting });
    waiting = [];
  }

  /** What is started goes on without the panel. */
  function leave(): void {
    if (shown.kind === "run") shown.following.dispose();
    if (shown.kind === "plan" && shown.busy === "planning") work.abort();
  }

  function show(next: Shown, title: string): void {
    leave();
    shown = next;
    panel.title = title;
    sendAll();
  }

  function followRun(run: string): void {
    const follower = {
      onEvents(events: readonly RunEvent[]): void {
        if (shown.kind !== "run" || shown.run !== run) return;
        shown = { ...shown, view: applyEvents(shown.view, events) };
        if (shown.view.state.host !== "") panel.title = `Bootstrap ${shown.view.state.host}`;
        if (!isReady) return;
        for (const event of events) waiting.push(event);
        timer ??= setTimeout(sendWaiting, batchMs);
      },
      onProcess(process: RunProcess): void {
        if (shown.kind !== "run" || shown.run !== run) return;
        shown = { ...shown, process };
        sendWaiting();
        post({ type: "process", run, process });
      },
    };
    const none: Disposable = { dispose: () => undefined };
    show({ kind: "run", run, view: emptyView, process: "running", following: none }, "Bootstrap");
    const following = actions.follow(run, 1, follower);
    if (shown.kind === "run") shown = { ...shown, following };
  }

  async function replan(choices: PanelChoices, extraFiles: string | undefined): Promise<void> {
    if (shown.kind !== "plan" || shown.busy === "starting") return;
    const { planned } = shown;
    const signal = begin({ ...planned.request, ...choices, extraFiles }, "planning");
    try {
      const again = await actions.replan(planned, { ...choices, extraFiles }, signal);
      if (!signal.aborted) shown = { kind: "plan", planned: again };
    } catch (error) {
      if (!signal.aborted) shown = { kind: "plan", planned, problem: messageOf(error) };
    }
    if (!signal.aborted) sendAll();
  }

  /** Shows that something is on its way, with the choices as they were made for it. */
  function begin(asked: PlannedBootstrap["request"], busy: "planning" | "starting"): AbortSignal {
    work.abort();
    work = new AbortController();
    if (shown.kind === "plan") shown = { kind: "plan", planned: shown.planned, asked, busy };
    sendAll();
    return work.signal;
  }

  /** Back to the plan that there is. */
  function stop(): void {
    if (shown.kind !== "plan" || shown.busy === undefined) return;
    work.abort();
    shown = { kind: "plan", planned: shown.planned };
    sendAll();
  }

  async function start(choices: PanelChoices): Promise<void> {
    if (shown.kind !== "plan" || shown.busy !== undefined) return;
    const { planned } = shown;
    const signal = begin({ ...planned.request, ...choices }, "starting");
    try {
      followRun(await actions.start(planned, choices, signal));
    } catch (error) {
      if (signal.aborted) return;
      shown = { kind: "plan", planned, problem: messageOf(error) };
      sendAll();
    }
  }

  async function handle(message: FromPanel): Promise<void> {
    const planned = shown.kind === "plan" ? shown.planned : undefined;
    const asked = shown.kind === "plan" ? (shown.asked ?? shown.planned.request) : undefined;
    const run = shown.kind === "run" ? shown.run : undefined;
    switch (message.type) {
      case "ready":
        isReady = true;
        sendAll();
        return;
      case "ping":
        post({ type: "pong" });
        return;
      case "start":
        return start(message.choices);
      case "replan":
        return replan(message.choices, asked?.extraFiles);
      case "stop":
        stop();
        return;
      case "chooseExtraFiles": {
        const chosen = planned && (await actions.chooseExtraFiles(planned));
        if (asked && chosen !== undefined) await replan(choicesOf(asked), chosen);
        return;
      }
      case "removeExtraFiles":
        if (asked) await replan(choicesOf(asked), undefined);
        return;
      case "chooseBuildHost": {
        const buildHost = planned && (await actions.chooseBuildHost(planned));
        if (asked && buildHost !== undefined) await replan({ ...choicesOf(asked), buildHost }, asked.extraFiles);
        // The panel shows what was chosen before.
        else sendAll();
        return;
      }
      case "planAgain":
        return actions.planAgain();
      case "copy":
        return actions.copy(message.text);
      case "openTroubleshooting":
        return actions.openTroubleshooting(message.failure);
      case "openFinding": {
        const plan = shown.kind === "run" ? shown.view.state.plan : planned?.plan;
        const of = planned ?? run;
        if (of !== undefined && plan && hasPlace(plan, message))
          await actions.openFinding(of, message.file, message.line);
        return;
      }
      default:
        if (run !== undefined) await handleForRun(run, message);
    }
  }

  async function handleForRun(run: string, message: FromPanel): Promise<void> {
    switch (message.type) {
      case "cancel":
        return actions.cancel(run);
      case "answer":
        return actions.answer(run, message.question);
      case "resume":
        return actions.resume(run, message.changes);
      case "resumeOnBuildHost":
        return actions.resumeOnBuildHost(run);
      case "openLog":
        return actions.openLog(run);
      case "openRunFolder":
        return actions.openRunFolder(run);
      case "saveReport":
        return actions.saveReport(run);
      default:
    }
  }

  const listeners = [
    panel.webview.onDidReceiveMessage((message: unknown) => {
      if (isFromPanel(message)) {
        handle(message).catch((error: unknown) => {
          log.error(`Bootstrap panel, ${message.type}: ${messageOf(error)}`);
          post({ type: "problem", text: messageOf(error) });
        });
        return;
      }
      const type = nameOf(message);
      if (!isReported.has(type)) log.warn(`Bootstrap panel: a message that is not known was dropped: ${type}`);
      isReported.add(type);
    }),
    panel.onDidChangeViewState(() => {
      // VS Code ends the script of a hidden panel; it says again that it is ready when it is shown.
      if (!panel.visible) isReady = false;
    }),
    panel.onDidDispose(dispose),
  ];

  function dispose(): void {
    isReady = false;
    leave();
    clearTimeout(timer);
    for (const listener of listeners) listener.dispose();
  }

  return {
    showPlan: (planned) => show({ kind: "plan", planned }, `Bootstrap ${planned.plan.host}`),
    showRun(run) {
      if (shown.kind !== "run" || shown.run !== run) followRun(run);
    },
    showNothing: (why) => show({ kind: "nothing", text: why }, "Bootstrap"),
    showsPlanOf: ({ request: { reference }, plan }) =>
      shown.kind === "plan" &&
      shown.planned.request.reference.flake === reference.flake &&
      shown.planned.plan.host === plan.host &&
      shown.planned.plan.target === plan.target,
    run: () => (shown.kind === "run" ? shown.run : undefined),
    isVisible: () => panel.visible,
    isActive: () => panel.active,
    reveal: () => panel.reveal(),
    dispose,
  };
}

function choicesOf(request: PlannedBootstrap["request"]): PanelChoices {
  const { patch, overlay, swapFile, diskoDependencies, buildHost, accept } = request;
  return { patch, overlay, swapFile, diskoDependencies, buildHost, accept };
}

/** The panel opens what the plan names and no other file. */
function hasPlace(plan: BootstrapPlan, { file, line }: { readonly file: string; readonly line: number }): boolean {
  return plan.preflight.some(({ place }) => place?.file === file && place.line === line);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a message calls itself, as far as that is fit for a log. */
function nameOf(message: unknown): string {
  const type = typeof message === "object" && message !== null && "type" in message ? message.type : undefined;
  return JSON.stringify(typeof type === "string" ? type.slice(0, 40) : typeof message);
}
