import { type Disposable, type ExtensionContext, type LogOutputChannel, type WebviewPanel, window } from "vscode";
import { fillPanel } from "../webview/fillPanel.ts";
import { openPanel } from "../webview/openPanel.ts";
import { connectExplorer, type ExplorerConnection, type ExplorerSources } from "./connectExplorer.ts";
import { type HostName, hostKey } from "./hostClosure.ts";

/** Also in the manifest: VS Code activates the extension to restore panels of this type. */
const viewType = "nixosVps.closure";

export interface ExplorerPanels extends Disposable {
  /** Shows the closure of a host, in its panel when there is one. */
  show(host: HostName): void;
}

/** The explorers of closures, one for each host. */
export function createExplorerPanels(
  extension: ExtensionContext,
  log: LogOutputChannel,
  sources: ExplorerSources,
): ExplorerPanels {
  const connections = new Map<string, ExplorerConnection>();

  function connect(panel: WebviewPanel, host: HostName): void {
    const key = hostKey(host);
    panel.title = `Closure of ${host.name}`;
    const connection = connectExplorer(panel, host, log, sources);
    connections.set(key, connection);
    panel.onDidDispose(() => {
      connection.dispose();
      if (connections.get(key) === connection) connections.delete(key);
    });
    fillPanel(panel, extension.extensionUri, "closureExplorer");
  }

  const registration = window.registerWebviewPanelSerializer(viewType, {
    async deserializeWebviewPanel(panel, state) {
      const host = hostOfState(state);
      if (host) connect(panel, host);
      else panel.dispose();
    },
  });

  return {
    show(host) {
      const known = connections.get(hostKey(host));
      if (known) known.reveal();
      else connect(openPanel(viewType, "Closure", connections.values()), host);
    },
    dispose() {
      registration.dispose();
      for (const connection of connections.values()) connection.dispose();
    },
  };
}

/** What the explorer keeps over a reload, as media/closureExplorer/main.ts writes it. */
function hostOfState(state: unknown): HostName | undefined {
  const closure = isRecord(state) ? state["closure"] : undefined;
  if (!isRecord(closure)) return undefined;
  const { flake, host } = closure;
  return typeof flake === "string" && typeof host === "string" && host !== "" ? { flake, name: host } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
