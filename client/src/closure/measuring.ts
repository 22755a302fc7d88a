import { join } from "node:path";
import {
  commands,
  type Disposable,
  type Event,
  EventEmitter,
  type LogOutputChannel,
  Position,
  ProgressLocation,
  Range,
  Uri,
  window,
  workspace,
} from "vscode";
import { describeEstimate } from "../../../core/src/closure/measuring/describeEstimate.ts";
import { measurementStore } from "../../../core/src/closure/measuring/measurementStore.ts";
import type { NixosVpsCommand } from "../nixosVpsCommand.ts";
import { notificationText } from "../notificationText.ts";
import { failedPlace } from "./failedPlace.ts";
import { type HostName, hostKey } from "./hostClosure.ts";
import { measureEnd } from "./measureEnd.ts";
import type { NotBuilt } from "./notBuilt.ts";

/** How a measurement ended. */
export type MeasureOutcome = "measured" | "cancelled" | "failed" | "not-built" | "busy";

export interface MeasureRequest extends HostName {
  /** The flake as `nixos-vps` is given it, when that is another than the host's own: one of its commits. */
  readonly reference?: string;
  /** Measured because a file was saved: nothing is asked and failures are only logged. */
  readonly isQuiet?: boolean;
}

/** Measures closures with the command, one at a time, and ends with the window. */
export interface Measuring extends Disposable {
  readonly onDidChange: Event<void>;
  isMeasuring(host: HostName): boolean;
  /** What is being done right now; empty when nothing is. */
  activity(): string;
  /** Resolves once the measurement is kept, or it was said why there is none. */
  measure(request: MeasureRequest): Promise<MeasureOutcome>;
}

const evaluationMs = 60 * 60_000;
const buildMs = 8 * 60 * 60_000;

export function createMeasuring(command: NixosVpsCommand, log: LogOutputChannel): Measuring {
  const changed = new EventEmitter<void>();
  const ending = new AbortController();
  let current: HostName | undefined;
  let activity = "";

  async function measure(request: MeasureRequest): Promise<MeasureOutcome> {
    const outcome = await weigh(request, false);
    if (typeof outcome === "string") return outcome;
    if (request.isQuiet) return "not-built";
    // Other hosts can be measured meanwhile: a notification may go unanswered for as long as the window is open.
    const build = "Build and Measure";
    const question = `${request.name} is not built: ${describeEstimate(outcome.estimate)}.`;
    if ((await window.showInformationMessage(notificationText(question), build)) !== build) return "not-built";
    const built = await weigh(request, true);
    return typeof built === "string" ? built : "failed";
  }

  async function weigh(request: MeasureRequest, build: boolean): Promise<MeasureOutcome | NotBuilt> {
    if (!workspace.isTrusted) {
      void window.showErrorMessage("Trust this workspace first: measuring evaluates what is in it.");
      return "failed";
    }
    if (current) {
      if (!request.isQuiet) void window.showInformationMessage(`${current.name} is being measured; one at a time.`);
      return "busy";
    }
    current = request;
    changed.fire();
    try {
      return await run(request, build);
    } finally {
      current = undefined;
      activity = "";
      changed.fire();
    }
  }

  /** Gives what a build would take when there has to be one first. */
  async function run(request: MeasureRequest, build: boolean): Promise<MeasureOutcome | NotBuilt> {
    const { flake, name, reference = flake, isQuiet } = request;
    const args = ["closure", `${reference}#${name}`, "--format", "json", "--progress", ...(build ? ["--build"] : [])];
    return window.withProgress(
      {
        location: isQuiet ? ProgressLocation.Window : ProgressLocation.Notification,
        title: `NixOS VPS: measuring ${name}`,
        cancellable: true,
      },
      async (progress, token) => {
        const cancelled = new AbortController();
        token.onCancellationRequested(() => cancelled.abort());
        const signal = AbortSignal.any([cancelled.signal, ending.signal]);
        const onLine = (line: string, stream: "stdout" | "stderr"): void => {
          if (stream !== "stderr" || line.trim() === "") return;
          activity = line.replace(/^nixos-vps: /, "");
          log.debug(activity);
          progress.report({ message: notificationText(activity) });
          changed.fire();
        };
        const lastKept = (): string | undefined => measurementStore().history(reference, name).at(-1)?.measuredAt;
        const before = lastKept();
        try {
          const result = await command.run(args, {
            timeoutMs: build ? buildMs : evaluationMs,
            signal,
            cwd: flake,
            onLine,
          });
          const end = measureEnd(result, lastKept() !== before);
          return typeof end === "object" && "failure" in end ? fail(end.failure, request) : end;
        } catch (error) {
          if (signal.aborted) return "cancelled";
          return fail(error instanceof Error ? error.message : String(error), request);
        }
      },
    );
  }

  function fail(message: string, { flake, name, isQuiet }: MeasureRequest): "failed" {
    log.error(`The closure of ${name} was not measured. ${message}`);
    if (!isQuiet) void showFailure(message, flake, log);
    return "failed";
  }

  return {
    onDidChange: changed.event,
    isMeasuring: (host) => current !== undefined && hostKey(current) === hostKey(host),
    activity: () => activity,
    measure,
    dispose() {
      ending.abort();
      changed.dispose();
    },
  };
}

/** Messages name the setting that helps, or the place in the flake that an evaluation failed at. */
async function showFailure(message: string, flake: string, log: LogOutputChannel): Promise<void> {
  const [setting] = /\bnixosVps(?:\.\w+)+/.exec(message) ?? [];
  const place = failedPlace(message);
  const openSetting = "Open Setting";
  const openPlace = "Open File";
  const buttons = [
    ...(setting === undefined ? [] : [openSetting]),
    ...(place === undefined ? [] : [openPlace]),
    "Show Log",
  ];
  const choice = await window.showErrorMessage(notificationText(message), ...buttons);
  if (choice === openSetting) await commands.executeCommand("workbench.action.openSettings", setting);
  else if (choice === openPlace && place) {
    const start = new Position(place.line - 1, place.column - 1);
    await window.showTextDocument(Uri.file(join(flake, place.file)), { selection: new Range(start, start) });
  } else if (choice !== undefined) log.show();
}
