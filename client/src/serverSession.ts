import { type Disposable, type ExtensionContext, type LogOutputChannel, window, workspace } from "vscode";
import type { CancellationToken, LanguageClient } from "vscode-languageclient/node";
import { type Status, statusMethod } from "../../core/src/protocol.ts";
import { documentSelector } from "./documentSelector.ts";
import { createRestartPolicy } from "./restartPolicy.ts";
import { createStatusItem } from "./statusItem.ts";
import type { ShownStatus } from "./statusText.ts";

/** The language server's life in this window. */
export interface ServerSession {
  /** Starts the server, after stopping the one that runs. Does not wait for it to answer; its failure is shown. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Rejects when the server is not running or answers with an error. */
  request<Result>(method: string, token: CancellationToken): Promise<Result>;
}

const starting: ShownStatus = { state: "starting", hosts: 0, findings: 0 };

export function createServerSession(extension: ExtensionContext, log: LogOutputChannel): ServerSession & Disposable {
  const selector = documentSelector((workspace.workspaceFolders ?? []).map((folder) => folder.uri.scheme));
  const status = createStatusItem(selector);
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
    status.show({ state: "error", hosts: 0, findings: 0, message: "The log says why." });
    const choice = await window.showErrorMessage(message, "Show Log", "Restart");
    if (choice === "Show Log") log.show();
    if (choice === "Restart") await start();
  }

  async function request<Result>(method: string, token: CancellationToken): Promise<Result> {
    if (client === undefined || !client.isRunning()) throw new Error("The language server is not running.");
    return await client.sendRequest<Result>(method, token);
  }

  return { start, stop, request, dispose: () => status.dispose() };
}
