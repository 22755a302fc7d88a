import { type Disposable, ProgressLocation, StatusBarAlignment, window } from "vscode";
import type { Question } from "../../../core/src/bootstrap/events.ts";
import type { BootstrapPanels } from "../bootstrapPanel/bootstrapPanels.ts";
import type { BootstrapPanelActions } from "../bootstrapPanel/panelActions.ts";
import { notificationText } from "../notificationText.ts";
import { endMessage } from "./endMessage.ts";
import { progressText } from "./progressText.ts";
import type { RunTracker, TrackedRun } from "./runTracker.ts";

export interface RunProgressTools {
  readonly tracker: RunTracker;
  readonly panels: BootstrapPanels;
  readonly actions: BootstrapPanelActions;
  readonly onError: (error: unknown) => void;
}

/** How often it is looked whether the panel of a run can be seen. */
const lookMs = 500;
/**
 * How long a run is unseen before its progress is shown elsewhere. VS Code keeps a progress notification for 800 ms at least, and its
 * late end takes one that says the same and was opened meanwhile with it (progressService.ts and notifications.ts, `onClose`).
 */
const unseenMs = 1_000;

/**
 * What is seen of living runs outside of their panels: an item in the status bar while one lives, a notification with its progress
 * while its panel is not seen, one when it waits for an answer, and one when it ends.
 */
export function showRunProgress({ tracker, panels, actions, onError }: RunProgressTools): Disposable {
  const item = window.createStatusBarItem("nixosVps.run", StatusBarAlignment.Left, 0);
  item.name = "NixOS VPS: Bootstrap";
  const notified = new Map<string, { report(text: string): void; close(): void }>();
  const unseenSince = new Map<string, number>();
  const asked = new Map<string, Question>();
  const ended = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let shownTarget: string | undefined;

  function look(): void {
    const living = tracker.living().filter(({ state }) => state.host !== "");
    if (living.length === 0) {
      item.hide();
      clearInterval(timer);
      timer = undefined;
    } else {
      timer ??= setInterval(look, lookMs);
      showItem(living);
      item.show();
    }
    for (const run of living) {
      if (panels.isVisible(run.id)) close(run.id);
      else if (isUnseen(run.id)) notify(run);
      ask(run);
    }
    for (const id of unseenSince.keys()) if (!living.some((run) => run.id === id)) close(id);
  }

  function isUnseen(id: string): boolean {
    const now = performance.now();
    const since = unseenSince.get(id) ?? now;
    unseenSince.set(id, since);
    return now - since >= unseenMs;
  }

  /** A click that is on its way runs into nothing when the item gets its command anew, so it is left alone when nothing changed. */
  function showItem(living: readonly TrackedRun[]): void {
    const [only, ...others] = living;
    const icon = living.some(({ state }) => state.question) ? "bell-dot" : "sync~spin";
    const text = `$(${icon}) ${others.length === 0 ? `Bootstrap ${only?.state.host}` : `${living.length} bootstraps`}`;
    const tooltip = living.map(({ state }) => `${state.host} on ${state.target}: ${progressText(state)}`).join("\n");
    const target = others.length === 0 ? only?.id : undefined;
    if (item.text !== text) item.text = text;
    if (item.tooltip !== tooltip) item.tooltip = tooltip;
    if (item.command !== undefined && shownTarget === target) return;
    shownTarget = target;
    item.command = { command: "nixosVps.showRun", title: "Show", arguments: target === undefined ? [] : [target] };
  }

  function close(id: string): void {
    notified.get(id)?.close();
    notified.delete(id);
    unseenSince.delete(id);
  }

  function notify({ id, state }: TrackedRun): void {
    const shown = notified.get(id);
    if (shown) {
      shown.report(progressText(state));
      return;
    }
    const title = `Bootstrap ${state.host} on ${state.target}`;
    void window.withProgress(
      { location: ProgressLocation.Notification, title, cancellable: true },
      (progress, token) => {
        return new Promise<void>((resolve) => {
          let last = "";
          const report = (text: string): void => {
            if (text !== last) progress.report({ message: notificationText(text) });
            last = text;
          };
          notified.set(id, { report, close: resolve });
          report(progressText(state));
          token.onCancellationRequested(() => {
            // Shown anew when the run is not to be cancelled after all.
            const shownAgain = (): void => {
              notified.delete(id);
              look();
            };
            resolve();
            actions.cancel(id).catch(onError).finally(shownAgain);
          });
        });
      },
    );
  }

  /** Somebody who does not see the panel is told that the run waits. */
  function ask({ id, state }: TrackedRun): void {
    const { question } = state;
    if (!question || panels.isVisible(id)) return;
    // Each time that it is asked is an event of its own.
    if (asked.get(id) === question) return;
    asked.set(id, question);
    const answer = "Answer...";
    const about = question.kind === "confirm-wipe" ? "before it wipes the disk" : "about a host key";
    window
      .showWarningMessage(
        notificationText(`The bootstrap of ${state.host} on ${state.target} asks you ${about}.`),
        answer,
        "Show",
      )
      .then((choice) => {
        if (choice === answer) return actions.answer(id, question.id);
        if (choice !== undefined) panels.showRun(id);
        return undefined;
      })
      .then(undefined, onError);
  }

  function tellEnd(run: TrackedRun): void {
    if (run.process === "running") {
      ended.delete(run.id);
      return;
    }
    if (!run.wasRunning || ended.has(run.id) || run.state.host === "") return;
    ended.add(run.id);
    const { severity, text, buttons } = endMessage(run.state, run.process);
    const show = {
      info: window.showInformationMessage,
      warning: window.showWarningMessage,
      error: window.showErrorMessage,
    };
    show[severity](notificationText(text), ...buttons)
      .then(async (choice) => {
        if (choice === "Show") panels.showRun(run.id);
        if (choice === "Save Report") await actions.saveReport(run.id);
        if (choice === "Resume") {
          await actions.resume(run.id, {});
          panels.showRun(run.id);
        }
      })
      .then(undefined, onError);
  }

  const listeners = [
    tracker.onDidChange((run) => {
      look();
      tellEnd(run);
    }),
    tracker.onDidChangeList(look),
  ];
  look();
  return {
    dispose() {
      clearInterval(timer);
      for (const listener of listeners) listener.dispose();
      for (const id of [...notified.keys()]) close(id);
      item.dispose();
    },
  };
}
