import { type ChildProcess, fork, spawn } from "node:child_process";
import { isAbsolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  type MessageWriter,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import type {
  ClientCapabilities,
  CodeAction,
  CodeActionContext,
  Diagnostic,
  FullDocumentDiagnosticReport,
  Hover,
  InitializeResult,
  Position,
  PublishDiagnosticsParams,
  Range,
  TextDocumentContentChangeEvent,
  UnchangedDocumentDiagnosticReport,
  WorkspaceDiagnosticReport,
} from "vscode-languageserver/node";

import type { InitializationOptions } from "../../core/src/protocol.ts";
import { ruleIds } from "../../core/src/rules/registry.ts";

export const bundledServer = fileURLToPath(new URL("../../out/server.cjs", import.meta.url));

export type DocumentReport = FullDocumentDiagnosticReport | UnchangedDocumentDiagnosticReport;

export interface ReceivedMessage {
  readonly method: string;
  readonly params: unknown;
}

export interface ClientOptions {
  readonly server?: string;
  readonly transport?: "stdio" | "ipc";
  /** Directories or URIs; `null` for a client without folders. */
  readonly folders?: readonly string[];
  readonly capabilities?: ClientCapabilities;
  readonly initializationOptions?: InitializationOptions;
  /** The settings section `nixosVps`; without it, `shadowRule` alone is on. */
  readonly settings?: unknown;
  readonly processId?: number | null;
  /** Sends the first folder as `rootUri` alone. */
  readonly onlyRootUri?: boolean;
}

/** A language client as small as the protocol allows; it remembers what the server sent. */
export interface TestClient {
  readonly process: ChildProcess;
  readonly connection: MessageConnection;
  readonly initialized: InitializeResult;
  /** Requests and notifications from the server, in order. */
  readonly received: ReceivedMessage[];
  settings: unknown;
  open(pathOrUri: string, text: string): void;
  /** Replaces the whole text, or applies incremental changes. */
  change(pathOrUri: string, change: string | TextDocumentContentChangeEvent[]): void;
  close(pathOrUri: string): void;
  save(pathOrUri: string): void;
  watched(...changes: { path: string; type: "created" | "changed" | "deleted" }[]): void;
  pull(pathOrUri: string, previousResultId?: string): Promise<DocumentReport>;
  /** Diagnostics of a pull that must be full. */
  diagnostics(pathOrUri: string): Promise<Diagnostic[]>;
  pullWorkspace(previousResultIds?: { uri: string; value: string }[]): Promise<WorkspaceDiagnosticReport>;
  codeActions(pathOrUri: string, range: Range, context: CodeActionContext): Promise<CodeAction[]>;
  hover(pathOrUri: string, position: Position): Promise<Hover | null>;
  /** A request that can be cancelled. */
  cancellable(method: string, params: unknown): { answer: Promise<unknown>; cancel: () => void };
  /** How often the server asked to pull again. */
  refreshes(): number;
  published(pathOrUri: string): PublishDiagnosticsParams[];
  log(): string;
  /** Ends the server as a client does; resolves to its exit code. */
  shutdown(): Promise<number | null>;
  /** Resolves when the process is gone. */
  exited(): Promise<number | null>;
  /** Closes the channel to the server without a word. */
  hangUp(): void;
  kill(): void;
}

export const fullCapabilities: ClientCapabilities = {
  textDocument: {
    diagnostic: { relatedInformation: true, codeDescriptionSupport: true, dataSupport: true },
    publishDiagnostics: { relatedInformation: true, versionSupport: true },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } }, isPreferredSupport: true },
    hover: { contentFormat: ["markdown", "plaintext"] },
  },
  workspace: {
    configuration: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    diagnostics: { refreshSupport: true },
    workspaceFolders: true,
    workspaceEdit: { documentChanges: true },
  },
  window: { workDoneProgress: true },
};

/** The rule that most tests look at; others stay out of their way. */
export const shadowRule = "persist-dir-shadows-etc";
const onlyShadowRule = {
  rules: Object.fromEntries([...ruleIds].filter((id) => id !== shadowRule).map((id) => [id, "off"])),
};

const fileChangeTypes = { created: 1, changed: 2, deleted: 3 };

export function toUri(pathOrUri: string): string {
  return isAbsolute(pathOrUri) ? pathToFileURL(pathOrUri).href : pathOrUri;
}

/** Starts the server and initializes it. */
export async function startClient(options: ClientOptions = {}): Promise<TestClient> {
  const { process: child, connection } = connect(options);
  const received: ReceivedMessage[] = [];
  const exit = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      // Rejects what still waits for an answer.
      connection.dispose();
      resolve(code);
    });
  });
  const versions = new Map<string, number>();
  const client = { settings: options.settings ?? onlyShadowRule };

  connection.onNotification((method, params) => void received.push({ method, params }));
  connection.onRequest((method, params) => {
    received.push({ method, params });
    if (method !== "workspace/configuration") return null;
    return (params as { items: unknown[] }).items.map(() => client.settings ?? null);
  });
  connection.listen();

  const folders = options.folders?.map((folder) => ({ uri: toUri(folder), name: folder })) ?? null;
  const initialize = connection.sendRequest<InitializeResult>("initialize", {
    processId: options.processId === undefined ? process.pid : options.processId,
    rootUri: folders?.[0]?.uri ?? null,
    ...(options.onlyRootUri ? {} : { workspaceFolders: folders }),
    capabilities: options.capabilities ?? fullCapabilities,
    initializationOptions: { settings: client.settings, ...options.initializationOptions },
  });
  const initialized = await initialize.catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  notify("initialized", {});

  function notify(method: string, params: unknown): void {
    void connection.sendNotification(method, params);
  }

  function pull(pathOrUri: string, previousResultId?: string): Promise<DocumentReport> {
    return connection.sendRequest<DocumentReport>("textDocument/diagnostic", {
      textDocument: { uri: toUri(pathOrUri) },
      previousResultId,
    });
  }

  return Object.assign(client, {
    process: child,
    connection,
    initialized,
    received,
    pull,
    open(pathOrUri: string, text: string) {
      const uri = toUri(pathOrUri);
      versions.set(uri, 1);
      notify("textDocument/didOpen", { textDocument: { uri, languageId: "nix", version: 1, text } });
    },
    change(pathOrUri: string, change: string | TextDocumentContentChangeEvent[]) {
      const uri = toUri(pathOrUri);
      const version = (versions.get(uri) ?? 0) + 1;
      versions.set(uri, version);
      const contentChanges = typeof change === "string" ? [{ text: change }] : change;
      notify("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
    },
    close: (pathOrUri: string) => notify("textDocument/didClose", { textDocument: { uri: toUri(pathOrUri) } }),
    save: (pathOrUri: string) => notify("textDocument/didSave", { textDocument: { uri: toUri(pathOrUri) } }),
    watched(...changes: { path: string; type: keyof typeof fileChangeTypes }[]) {
      notify("workspace/didChangeWatchedFiles", {
        changes: changes.map(({ path, type }) => ({ uri: toUri(path), type: fileChangeTypes[type] })),
      });
    },
    async diagnostics(pathOrUri: string) {
      const report = await pull(pathOrUri);
      if (report.kind !== "full") throw new Error(`expected a full report of ${pathOrUri}, got ${report.kind}`);
      return report.items;
    },
    pullWorkspace: (previousResultIds: { uri: string; value: string }[] = []) =>
      connection.sendRequest<WorkspaceDiagnosticReport>("workspace/diagnostic", { previousResultIds }),
    codeActions: (pathOrUri: string, range: Range, context: CodeActionContext) =>
      connection.sendRequest<CodeAction[]>("textDocument/codeAction", {
        textDocument: { uri: toUri(pathOrUri) },
        range,
        context,
      }),
    hover: (pathOrUri: string, position: Position) =>
      connection.sendRequest<Hover | null>("textDocument/hover", { textDocument: { uri: toUri(pathOrUri) }, position }),
    cancellable(method: string, params: unknown) {
      const source = new CancellationTokenSource();
      return { answer: connection.sendRequest(method, params, source.token), cancel: () => source.cancel() };
    },
    refreshes: () => received.filter(({ method }) => method === "workspace/diagnostic/refresh").length,
    published: (pathOrUri: string) =>
      received
        .filter(({ method }) => method === "textDocument/publishDiagnostics")
        .map(({ params }) => params as PublishDiagnosticsParams)
        .filter(({ uri }) => uri === toUri(pathOrUri)),
    log: () =>
      received
        .filter(({ method }) => method === "window/logMessage")
        .map(({ params }) => (params as { message: string }).message)
        .join("\n"),
    async shutdown() {
      await connection.sendRequest("shutdown");
      notify("exit", undefined);
      return exit;
    },
    exited: () => exit,
    hangUp() {
      connection.dispose();
      if (child.connected) child.disconnect();
      child.stdin?.end();
    },
    kill() {
      connection.dispose();
      child.kill("SIGKILL");
    },
  });
}

function connect({ server = bundledServer, transport = "stdio" }: ClientOptions): {
  process: ChildProcess;
  connection: MessageConnection;
} {
  if (transport === "ipc") {
    const child = fork(server, ["--node-ipc"], { stdio: ["ignore", "inherit", "inherit", "ipc"], execArgv: [] });
    const writer = lenient(new IPCMessageWriter(child));
    return { process: child, connection: createMessageConnection(new IPCMessageReader(child), writer) };
  }
  const child = spawn(process.execPath, [server, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const writer = lenient(new StreamMessageWriter(child.stdin));
  const reader = new StreamMessageReader(child.stdout);
  // Its timer for half a message is never cleared: that of a killed server would keep the test alive.
  reader.partialMessageTimeout = 0;
  return { process: child, connection: createMessageConnection(reader, writer) };
}

/** Answers to a server that is gone are lost, as they are for any client. */
function lenient(writer: MessageWriter): MessageWriter {
  const write = writer.write.bind(writer);
  writer.write = (message) => write(message).catch(() => {});
  return writer;
}
