import { isAbsolute, relative } from "node:path";
import { type Disposable, type ExtensionContext, type LogOutputChannel, window, workspace } from "vscode";
import { defaultChoices } from "../../../core/src/bootstrap/defaultChoices.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import { type RunSummary, summarizeRuns } from "../../../core/src/bootstrap/runSummary.ts";
import { type BootstrapPanels, createBootstrapPanels } from "../bootstrapPanel/bootstrapPanels.ts";
import type { BootstrapPanelActions } from "../bootstrapPanel/panelActions.ts";
import type { FlakeHostsSource } from "../flakeHosts.ts";
import type { NixosVpsCommand } from "../nixosVpsCommand.ts";
import { notificationText } from "../notificationText.ts";
import type { AskedBootstrap } from "./askForBootstrap.ts";
import { type BootstrapSettings, bootstrapSettings } from "./bootstrapSettings.ts";
import { knownSecrets } from "./loginSecrets.ts";
import { createPanelActions } from "./panelActions.ts";
import { type RememberedTargets, rememberedTarget, rememberedTargets } from "./rememberedTargets.ts";
import { showRunProgress } from "./runProgress.ts";
import { createRunTracker, type RunTracker } from "./runTracker.ts";

/** Everything about bootstraps in this window. */
export interface BootstrapController extends Disposable {
  readonly actions: BootstrapPanelActions;
  readonly panels: BootstrapPanels;
  readonly tracker: RunTracker;
  readonly remembered: RememberedTargets;
  /** Runs of this computer, the newest first. */
  runs(): Promise<readonly RunSummary[]>;
  /** Asks for host, target and port, plans, and shows the plan. */
  bootstrap(host?: { readonly flake: string; readonly name: string }): Promise<void>;
  /** Finds what is at work for this workspace. */
  attach(): Promise<void>;
  /** Shows what went wrong to the person who asked for it. */
  showError(error: unknown): void;
}

export interface ControllerParts {
  readonly extension: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly hosts: FlakeHostsSource;
  readonly command: NixosVpsCommand;
}

export function createBootstrapController({ extension, log, hosts, command }: ControllerParts): BootstrapController {
  const root = runsRoot();
  const secrets = knownSecrets(extension);
  const remembered = rememberedTargets(extension.workspaceState);
  const tracker = createRunTracker({ root, log, isOwn: ({ flake }) => isInWorkspace(flake) });
  const planTools = { command, secrets, log };
  const actions = createPanelActions({
    ...{ ...planTools, root, tracker, remembered },
    extensionUri: extension.extensionUri,
  });
  const panels = createBootstrapPanels({ extension, log, actions });
  const progress = showRunProgress({ tracker, panels, actions, onError: showError });

  function showError(error: unknown): void {
    void tellError(error);
  }

  /** Resolves to the button that was pressed, if it is one of `buttons`. */
  async function tellError(error: unknown, ...buttons: readonly string[]): Promise<string | undefined> {
    const message = error instanceof Error ? error.message : String(error);
    log.error(error instanceof Error ? error : message);
    const choice = await window.showErrorMessage(notificationText(message), ...buttons, "Show Log");
    if (choice === "Show Log") log.show();
    return buttons.find((button) => button === choice);
  }

  /** Who has no machine of the target's kind beside another one wants that one the next time too. */
  function latestBuildHost(): string | null {
    return remembered.all()[0]?.buildHost ?? null;
  }

  async function bootstrap(chosen?: { readonly flake: string; readonly name: string }): Promise<void> {
    const { hosts: known, flakes, isServerRunning } = await hosts.readOnceKnown();
    if (known.length === 0) {
      showError(new Error(!isServerRunning ? notRunning : flakes.length > 0 ? noHost : noFlake));
      return;
    }
    const { askForBootstrap } = await import("./askForBootstrap.ts");
    const host = known.find(({ flake, name }) => flake === chosen?.flake && name === chosen.name);
    let before: AskedBootstrap | undefined;
    for (;;) {
      const settings = bootstrapSettings();
      const { sshConfig } = settings;
      const asked = await askForBootstrap({ host, hosts: known, remembered: remembered.all(), sshConfig, before });
      if (!asked) return;
      before = asked;
      try {
        await planFor(requestFor(asked, settings, latestBuildHost()));
        return;
      } catch (error) {
        // A machine that was down, or another port: what was answered need not be typed anew.
        if ((await tellError(error, "Try Again...")) === undefined) return;
      }
    }
  }

  async function planFor(request: Omit<BootstrapRequest, "nixosAnywhere">): Promise<void> {
    const { makePlan } = await import("./makePlan.ts");
    const planned = await makePlan(planTools, request);
    if (!planned) return;
    panels.showPlan(planned);
    await remembered.add(rememberedTarget(planned.request));
  }

  return {
    ...{ actions, panels, tracker, remembered, showError, bootstrap },
    runs: () =>
      summarizeRuns(root).catch((error: unknown) => {
        log.warn(`Runs: ${String(error)}`);
        return [];
      }),
    attach: () => tracker.attachLiving(),
    dispose() {
      progress.dispose();
      panels.dispose();
      tracker.dispose();
    },
  };
}

const noFlake = "No host is known: open a folder with a flake.nix that has nixosConfigurations.";
const noHost =
  "The flake has no host: nothing is defined under nixosConfigurations, or it could not be followed there.";
const notRunning =
  "No host is known, because the language server does not run: restart it (NixOS VPS: Restart Language Server).";

function requestFor(
  { host: { flake, name }, target, port }: AskedBootstrap,
  settings: BootstrapSettings,
  buildHost: string | null,
): Omit<BootstrapRequest, "nixosAnywhere"> {
  return {
    version: 1,
    reference: { flake, directory: flake, host: name },
    ...{ target, port, ...settings },
    ...defaultChoices,
    ...{ buildHost, diskKeys: [] },
  };
}

/** Whether a flake lies in a folder of the workspace. */
function isInWorkspace(flake: string | undefined): boolean {
  if (flake === undefined) return false;
  return (workspace.workspaceFolders ?? []).some(({ uri }) => {
    const path = relative(uri.fsPath, flake);
    return uri.scheme === "file" && !path.startsWith("..") && !isAbsolute(path);
  });
}
