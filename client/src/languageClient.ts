import { type Diagnostic, type ExtensionContext, type LogOutputChannel, Uri } from "vscode";
import {
  CloseAction,
  type DocumentSelector,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type ServerOptions,
  TransportKind,
} from "vscode-languageclient/node";
import { explainRuleCommand, type InitializationOptions } from "../../core/src/protocol.ts";
import { linkToDocumentation } from "./documentationLinks.ts";

export interface LanguageClientInputs {
  readonly extension: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly selector: DocumentSelector;
  /** Asked when the server's process is gone without having been told to go. */
  readonly onCrash: () => "restart" | "giveUp";
}

/** Builds the client of out/server.cjs, not yet started. It never shows a popup: whoever starts it does. */
export function createLanguageClient({ extension, log, selector, onCrash }: LanguageClientInputs): LanguageClient {
  const server = {
    module: Uri.joinPath(extension.extensionUri, "out", "server.cjs").fsPath,
    transport: TransportKind.ipc,
    // Of short-lived values alone, Node keeps up to 100 MB by default; measured, less memory for them costs no time.
    options: { execArgv: ["--max-semi-space-size=4"] },
  };
  const serverOptions: ServerOptions = {
    run: server,
    debug: { ...server, options: { execArgv: ["--nolazy", "--inspect=6009"] } },
  };

  const link = (diagnostics: readonly Diagnostic[]): void => {
    for (const diagnostic of diagnostics) linkToDocumentation(extension.extensionUri, diagnostic);
  };

  const clientOptions: LanguageClientOptions = {
    documentSelector: selector,
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: {
      explainCommand: true,
      hoverShowsDiagnostics: true,
      status: true,
    } satisfies InitializationOptions,
    synchronize: { configurationSection: "nixosVps" },
    diagnosticPullOptions: { onChange: true, onSave: true, onFocus: true },
    markdown: { isTrusted: { enabledCommands: [explainRuleCommand] } },
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({
        action: onCrash() === "restart" ? CloseAction.Restart : CloseAction.DoNotRestart,
        handled: true,
      }),
    },
    middleware: {
      handleDiagnostics: (uri, diagnostics, next) => {
        link(diagnostics);
        next(uri, diagnostics);
      },
      provideDiagnostics: async (document, previousResultId, token, next) => {
        const report = await next(document, previousResultId, token);
        if (report?.kind === "full") link(report.items);
        return report;
      },
      provideWorkspaceDiagnostics: (resultIds, token, report, next) =>
        next(resultIds, token, (chunk) => {
          for (const item of chunk?.items ?? []) {
            if (item.kind === "full") link(item.items);
          }
          report(chunk);
        }),
    },
  };

  return new QuietLanguageClient("nixosVps", "NixOS VPS", serverOptions, clientOptions);
}

/** vscode-languageclient shows its own popup for each failed start and names nothing the user could do; ours does (serverSession.ts). */
class QuietLanguageClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}
