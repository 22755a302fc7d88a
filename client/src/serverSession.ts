import { type Disposable, type ExtensionContext, type LogOutputChannel, window, workspace } from "vscode";
import type { CancellationToken, LanguageClient } from "vscode-languageclient/node";
import { type Status, statusMethod } from "../../core/src/protocol.ts";
import { documentSelector } from "./documentSelector.ts";
import { createLanguageClient } from "./languageClient.ts";
import { createRestartPolicy } from "./restartPolicy.ts";
import { createStatusItem } from "./statusItem.ts";
import type { ShownStatus } from "./statusText.ts";

/** The language server's life in this window. */
export interface ServerSession {
  /** Resolves when the server answers, or when its failure has been shown; never rejects. */
  start(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Rejects when the server is not running or answers with an error. */
  request<Result>(method: string, token: CancellationToken): Promise<Result>;
}

const starting: ShownStatus = { state: "starting", hosts: 0, findings: 0 };

export function createServerSession(extension: ExtensionContext, log: LogOutputChannel): ServerSession & Disposable {
  const selector = documentSelector((workspace.workspaceFolders ?? []).map((folder) => folder.uri.scheme));
  const status = createStatusItem(selector);
  let client: LanguageClient | undefined;

  async function start(): Promise<void> {
    const mayRestart = createRestartPolicy();
    let running = false;
    const started = createLanguageClient({
      extension,
      log,
      selector,
      onCrash: () => {
        if (!running) return "giveUp";
        const decision = mayRestart();
        if (decision === "restart") status.show(starting);
        else void showFailure("The language server keeps crashing, so NixOS VPS no longer checks this workspace.");
        return decision;
      },
    });
    client = started;
    started.onNotification(statusMethod, (params: Status) => status.show(params));
    status.show(starting);
    try {
      await started.start();
      running = true;
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
      void showFailure("The language server did not start, so NixOS VPS does not check this workspace.");
    }
  }

  async function stop(): Promise<void> {
    const stopped = client;
    client = undefined;
    // Rejects when the server had not started or is already gone, which is what was asked for.
    await stopped?.dispose().catch((error: unknown) => log.debug(String(error)));
  }

  async function restart(): Promise<void> {
    await stop();
    await start();
  }

  async function showFailure(message: string): Promise<void> {
    status.show({ state: "error", hosts: 0, findings: 0, message: "The log says why." });
    const choice = await window.showErrorMessage(message, "Show Log", "Restart");
    if (choice === "Show Log") log.show();
    if (choice === "Restart") await restart();
  }

  async function request<Result>(method: string, token: CancellationToken): Promise<Result> {
    if (client === undefined || !client.isRunning()) throw new Error("The language server is not running.");
    return await client.sendRequest<Result>(method, token);
  }

  return { start, restart, stop, request, dispose: () => status.dispose() };
}
