import {
  type Disposable,
  type Event,
  EventEmitter,
  type ExtensionContext,
  type LogOutputChannel,
  window,
  workspace,
} from "vscode";
import type { CancellationToken, LanguageClient } from "vscode-languageclient/node";
import { type Status, statusMethod } from "../../core/src/protocol.ts";
import { documentSelector, type NixDocumentFilter } from "./documentSelector.ts";
import { createRestartPolicy } from "./restartPolicy.ts";
import { createStatusItem } from "./statusItem.ts";
import type { ShownStatus } from "./statusText.ts";

/** The language server's life in this window. */
export interface ServerSession {
  /** The documents it is asked about. */
  readonly selector: readonly NixDocumentFilter[];
  /** Starts the server, after stopping the one that runs. Does not wait for it to answer; its failure is shown. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Tells what the server has found whenever that changes. */
  readonly onDidChangeStatus: Event<ShownStatus>;
  /** Rejects when the server is not running or answers with an error. */
  request<Result>(method: string, token: CancellationToken, params?: object): Promise<Result>;
}

const starting: ShownStatus = { state: "starting", hosts: 0, findings: 0 };

export function createServerSession(extension: ExtensionContext, log: LogOutputChannel): ServerSession & Disposable {
  const selector = documentSelector((workspace.workspaceFolders ?? []).map((folder) => folder.uri.scheme));
  const status = createStatusItem(selector);
  const changed = new EventEmitter<ShownStatus>();
  let client: LanguageClient | undefined;

  let last: Promise<void> = Promise.resolve();

  /** Stops the client that there is and launches another, one call after the other, however fast they follow. */
  function start(): Promise<void> {
    last = last.then(stop).then(launch);
    return last;
  }

  async function launch(): Promise<void> {
    status.show(starting);
    // Loading vscode-languageclient takes most of the time that activate() may take in all.
    const { createLanguageClient } = await import("./languageClient.ts");
    const mayRestart = createRestartPolicy();
    let hasAnswered = false;
    const launched = createLanguageClient({
      extension,
      log,
      selector,
      onCrash: () => {
        if (!hasAnswered) return "giveUp";
        const decision = mayRestart();
        if (decision === "restart") status.show(starting);
        else void showFailure("The language server keeps crashing, so NixOS VPS no longer checks this workspace.");
        return decision;
      },
    });
    client = launched;
    launched.onNotification(statusMethod, (params: Status) => {
      log.debug(`Status: ${JSON.stringify(params)}`);
      status.show(params);
      changed.fire(params);
    });
    launched.start().then(
      () => {
        hasAnswered = true;
      },
      (error: unknown) => {
        log.error(error instanceof Error ? error : String(error));
        if (client !== launched) return;
        void showFailure("The language server did not start, so NixOS VPS does not check this workspace.");
      },
    );
  }

  async function stop(): Promise<void> {
    const stopped = client;
    client = undefined;
    // Rejects when the server had not started or is already gone; its process is ended all the same.
    await stopped?.dispose().catch((error: unknown) => log.debug(String(error)));
  }

  async function showFailure(message: string): Promise<void> {
    const failed: ShownStatus = { state: "error", hosts: 0, findings: 0, message: "The log says why." };
    status.show(failed);
    changed.fire(failed);
    const choice = await window.showErrorMessage(message, "Show Log", "Restart");
    if (choice === "Show Log") log.show();
    if (choice === "Restart") await start();
  }

  async function request<Result>(method: string, token: CancellationToken, params?: object): Promise<Result> {
    if (client === undefined || !client.isRunning()) throw new Error("The language server is not running.");
    if (params === undefined) return await client.sendRequest<Result>(method, token);
    return await client.sendRequest<Result>(method, params, token);
  }

  return {
    selector,
    start,
    stop,
    request,
    onDidChangeStatus: changed.event,
    dispose() {
      status.dispose();
      changed.dispose();
    },
  };
}
