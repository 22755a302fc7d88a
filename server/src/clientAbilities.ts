import type { InitializeParams } from "vscode-languageserver/node";

/** What this server needs to know of a client, from its `initialize` request. */
export interface ClientAbilities {
  readonly pullDiagnostics: boolean;
  readonly refreshDiagnostics: boolean;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly diagnosticData: boolean;
  readonly publishedVersion: boolean;
  /** `workspace/configuration` is answered. */
  readonly configuration: boolean;
  readonly watchConfiguration: boolean;
  readonly watchFiles: boolean;
  readonly workspaceFolders: boolean;
  readonly documentChanges: boolean;
  readonly markdownHover: boolean;
  readonly workDoneProgress: boolean;
  /** The client has the command that explains a rule. */
  readonly explainCommand: boolean;
  /** A hover need not repeat the message of a diagnostic. */
  readonly hoverShowsDiagnostics: boolean;
  readonly status: boolean;
  /** Settings of a client that does not answer `workspace/configuration`. */
  readonly initialSettings: unknown;
}

export function clientAbilities({ capabilities, initializationOptions }: InitializeParams): ClientAbilities {
  const { textDocument, workspace, window } = capabilities;
  const options = asRecord(initializationOptions);
  const diagnostics = { ...textDocument?.publishDiagnostics, ...textDocument?.diagnostic };
  return {
    pullDiagnostics: textDocument?.diagnostic !== undefined,
    refreshDiagnostics: workspace?.diagnostics?.refreshSupport === true,
    relatedInformation: diagnostics.relatedInformation === true,
    codeDescription: diagnostics.codeDescriptionSupport === true,
    diagnosticData: diagnostics.dataSupport === true,
    publishedVersion: textDocument?.publishDiagnostics?.versionSupport === true,
    configuration: workspace?.configuration === true,
    watchConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    watchFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    workspaceFolders: workspace?.workspaceFolders === true,
    documentChanges: workspace?.workspaceEdit?.documentChanges === true,
    markdownHover: textDocument?.hover?.contentFormat?.includes("markdown") === true,
    workDoneProgress: window?.workDoneProgress === true,
    explainCommand: options["explainCommand"] === true,
    hoverShowsDiagnostics: options["hoverShowsDiagnostics"] === true,
    status: options["status"] === true,
    initialSettings: options["settings"],
  };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
