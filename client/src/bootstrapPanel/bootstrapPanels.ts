import {
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  type WebviewPanel,
  type WebviewPanelSerializer,
  window,
} from "vscode";
import { object, text } from "../../../core/src/bootstrap/shape.ts";
import { fillPanel } from "../webview/fillPanel.ts";
import { openPanel } from "../webview/openPanel.ts";
import { connectPanel, type PanelConnection } from "./connectPanel.ts";
import type { BootstrapPanelActions, PlannedBootstrap } from "./panelActions.ts";

/** Also in the manifest: VS Code activates the extension to restore panels of this type. */
const viewType = "nixosVps.bootstrap";

export interface BootstrapPanels extends Disposable {
  /** Shows a plan in a panel, in the one of the same host and target when that shows a plan. */
  showPlan(planned: PlannedBootstrap): void;
  /** Shows a run, in the panel that shows it already when there is one. */
  showRun(run: string): void;
  /** Whether somebody can see the run. */
  isVisible(run: string): boolean;
}

/** The panels of bootstraps, one for each run. A panel only shows: closing it ends nothing. */
export function createBootstrapPanels({
  extension,
  log,
  actions,
}: {
  readonly extension: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly actions: BootstrapPanelActions;
}): BootstrapPanels {
  const connections = new Set<PanelConnection>();

  function connect(panel: WebviewPanel): PanelConnection {
    const connection = connectPanel(panel, log, actions);
    connections.add(connection);
    panel.onDidDispose(() => connections.delete(connection));
    fillPanel(panel, extension.extensionUri, "bootstrapPanel");
    return connection;
  }

  function open(): PanelConnection {
    return connect(openPanel(viewType, "Bootstrap", connections));
  }

  const serializer: WebviewPanelSerializer = {
    async deserializeWebviewPanel(panel, state) {
      const connection = connect(panel);
      if (isSaved(state)) connection.showRun(state.run);
      else connection.showNothing("The plan went with the window that made it.");
    },
  };
  const registration = window.registerWebviewPanelSerializer(viewType, serializer);

  return {
    showPlan(planned) {
      const found = [...connections].find((connection) => connection.showsPlanOf(planned)) ?? open();
      found.showPlan(planned);
      found.reveal();
    },
    showRun(run) {
      const found = [...connections].find((connection) => connection.run() === run) ?? open();
      found.showRun(run);
      found.reveal();
    },
    isVisible: (run) => [...connections].some((connection) => connection.run() === run && connection.isVisible()),
    dispose() {
      registration.dispose();
      for (const connection of connections) connection.dispose();
    },
  };
}

/** What the panel keeps over a reload. */
const isSaved = object({ run: text });
