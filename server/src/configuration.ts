import { type Connection, DidChangeConfigurationNotification } from "vscode-languageserver/node";
import { ruleIds } from "../../core/src/rules/registry.ts";
import type { RuleSettings } from "../../core/src/rules/ruleSettings.ts";
import type { ClientAbilities } from "./clientAbilities.ts";
import { settingsSection, validateSettings } from "./settings.ts";

/** The client's settings, per directory where the client has such. */
export interface Configuration {
  /** Never rejects; wrong values are logged once and not used. */
  settingsFor(uri: string): Promise<RuleSettings>;
  /** Settings that come with `workspace/didChangeConfiguration`. */
  changed(settings: unknown): void;
  /** Asks the client to tell of changes; to be called once it is initialized. */
  watch(): Promise<void>;
}

export function createConfiguration(connection: Connection, client: ClientAbilities): Configuration {
  const reported = new Set<string>();
  let pushed = client.initialSettings;

  const section = async (uri: string): Promise<unknown> => {
    if (!client.configuration) return pushed;
    try {
      return await connection.workspace.getConfiguration({ scopeUri: uri, section: settingsSection });
    } catch (error) {
      connection.console.error(`The client does not tell its settings, defaults are used: ${String(error)}`);
      return undefined;
    }
  };

  return {
    async settingsFor(uri) {
      const { settings, problems } = validateSettings(await section(uri), ruleIds);
      for (const problem of problems) {
        if (reported.has(problem)) continue;
        reported.add(problem);
        connection.console.warn(problem);
      }
      return settings;
    },
    changed(settings) {
      if (typeof settings === "object" && settings !== null && settingsSection in settings) {
        pushed = (settings as Readonly<Record<string, unknown>>)[settingsSection];
      }
    },
    async watch() {
      if (!client.watchConfiguration) return;
      await connection.client.register(DidChangeConfigurationNotification.type, { section: settingsSection });
    },
  };
}
