import {
  type Disposable,
  type Event,
  type ExtensionContext,
  type LogOutputChannel,
  languages,
  Uri,
  window,
} from "vscode";
import { lastMachines } from "../../../core/src/bootstrap/lastMachines.ts";
import { runsRoot } from "../../../core/src/bootstrap/runDirectory.ts";
import type { SeenMachine } from "../../../core/src/bootstrap/seenMachine.ts";
import type { FlakeHost, FlakeHostsSource } from "../flakeHosts.ts";
import type { NixosVpsCommand } from "../nixosVpsCommand.ts";
import type { ServerSession } from "../serverSession.ts";
import { createClosureDiagnostics } from "./closureDiagnostics.ts";
import { createClosureLenses } from "./closureLenses.ts";
import { createExplorerPanels } from "./explorerPanels.ts";
import { type HostClosure, type HostName, hostKey } from "./hostClosure.ts";
import { createHostClosures } from "./hostClosures.ts";
import { measureOnSave } from "./measureOnSave.ts";
import { createMeasuring } from "./measuring.ts";
import { createSizeHints } from "./sizeHints.ts";

/** Everything about closures in this window. */
export interface ClosureController extends Disposable {
  /** What is known of a host's closure; undefined while it was never measured. */
  of(host: HostName): HostClosure | undefined;
  readonly onDidChange: Event<void>;
  /** Measures a host, after asking for one when none is named. */
  measure(host?: HostName): Promise<void>;
  /** Shows the explorer of a host, after measuring it when it never was. */
  analyze(host?: HostName): Promise<void>;
}

export interface ClosureParts {
  readonly extension: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly server: ServerSession;
  readonly hosts: FlakeHostsSource;
  readonly command: NixosVpsCommand;
  /** Bootstraps were added, began, or came to rest. */
  readonly onDidChangeRuns: Event<void>;
}

const nixFiles = { language: "nix", scheme: "file" };

export function createClosureController(given: ClosureParts): ClosureController {
  const { extension, log, server, hosts, command, onDidChangeRuns } = given;
  let machines: ReadonlyMap<string, SeenMachine> = new Map();
  const onError = (error: unknown): void => log.error(error instanceof Error ? error : String(error));
  const closures = createHostClosures((host) => machines.get(hostKey(host)));
  const measuring = createMeasuring(command, log);
  const panels = createExplorerPanels(extension, log, { hosts, closures, measuring });
  const lenses = createClosureLenses(hosts, closures, measuring);
  const hints = createSizeHints(server, closures);
  const documentation = Uri.joinPath(extension.extensionUri, "docs", "closure.md");
  const diagnostics = createClosureDiagnostics(hosts, closures, documentation, onError);

  async function readMachines(): Promise<void> {
    const found = await lastMachines(runsRoot());
    machines = new Map(found.map((seen) => [hostKey({ flake: seen.flake, name: seen.host }), seen]));
    if (found.length > 0) closures.refresh();
  }
  // One after the other, so that the last one read is the one that is kept.
  let reading = readMachines().catch(onError);
  const listening = onDidChangeRuns(() => {
    reading = reading.then(readMachines).catch(onError);
  });

  async function choose(host: HostName | undefined): Promise<HostName | undefined> {
    if (host) return host;
    const { hosts: known } = await hosts.read();
    if (known.length === 0) {
      void window.showErrorMessage("No host is known: open a folder with a flake.nix that has nixosConfigurations.");
      return undefined;
    }
    const [only] = known;
    if (known.length === 1) return only;
    const items = known.map((each: FlakeHost) => ({ label: each.name, description: each.flake, host: each }));
    const chosen = await window.showQuickPick(items, { title: "Closure", placeHolder: "The host to weigh" });
    return chosen?.host;
  }

  async function measure(asked?: HostName): Promise<HostName | undefined> {
    const host = await choose(asked);
    if (!host) return undefined;
    const outcome = await measuring.measure({ flake: host.flake, name: host.name });
    if (outcome === "measured") closures.refresh();
    return outcome === "measured" ? host : undefined;
  }

  const parts: readonly Disposable[] = [
    languages.registerCodeLensProvider(nixFiles, lenses),
    languages.registerInlayHintsProvider(nixFiles, hints),
    languages.registerCodeActionsProvider(nixFiles, diagnostics.actions),
    measureOnSave(hosts, closures, measuring, onError),
    ...[listening, panels, lenses, hints, diagnostics, measuring, closures],
  ];

  return {
    of: closures.of,
    onDidChange: closures.onDidChange,
    async measure(host) {
      await measure(host);
    },
    async analyze(asked) {
      const host = await choose(asked);
      if (!host) return;
      if (closures.of(host) || (await measure(host))) panels.show(host);
    },
    dispose() {
      for (const part of parts) part.dispose();
    },
  };
}
