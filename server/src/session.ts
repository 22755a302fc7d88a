import { type Connection, type InitializeParams, TextDocuments } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { createFlakeProject } from "../../core/src/project/createFlakeProject.ts";
import { defaultRuleSettings } from "../../core/src/rules/ruleSettings.ts";
import { createNixParser, type WasmFiles } from "../../core/src/syntax/nixParser.ts";
import { type ClientAbilities, clientAbilities } from "./clientAbilities.ts";
import { type Configuration, createConfiguration } from "./configuration.ts";
import { createProgress } from "./progress.ts";
import { createServedFlake } from "./servedFlake.ts";
import { createWorkspaces, type Workspaces } from "./workspaces.ts";

/** What the features of one connection share. */
export interface Session {
  readonly connection: Connection;
  readonly client: ClientAbilities;
  readonly configuration: Configuration;
  readonly documents: TextDocuments<TextDocument>;
  readonly workspaces: Workspaces;
}

/** Builds the parts of a session; nothing is read yet. Rejects when the grammar cannot be loaded. */
export async function createSession(
  connection: Connection,
  params: InitializeParams,
  wasm: WasmFiles,
): Promise<Session> {
  const client = clientAbilities(params);
  const configuration = createConfiguration(connection, client);
  const runWithProgress = createProgress(connection, client.workDoneProgress);
  const parser = await createNixParser(wasm).catch((error: unknown) => {
    throw new Error(`The Nix grammar cannot be loaded; install NixOS VPS again. ${describe(error)}`);
  });
  const workspaces = createWorkspaces({
    settingsFor: configuration.settingsFor,
    onError: (error) => connection.console.error(describe(error)),
    createFlake: (place) =>
      createServedFlake({
        ...place,
        runWithProgress,
        log: (message) => connection.console.warn(message),
        createProject: () =>
          createFlakeProject({
            root: place.root,
            parser,
            settings: defaultRuleSettings,
            onRuleError: ({ rule, file, error }) =>
              connection.console.error(`The rule ${rule} failed on ${file}; the other rules go on. ${describe(error)}`),
          }),
      }),
  });
  return { connection, client, configuration, documents: new TextDocuments(TextDocument), workspaces };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
