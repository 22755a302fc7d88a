import { commands, type ExtensionContext, version } from "vscode";
import { createBootstrapController } from "./bootstrap/bootstrapController.ts";
import { registerBootstrapLens } from "./bootstrap/bootstrapLens.ts";
import { createClosureController } from "./closure/closureController.ts";
import { commandTable } from "./commandTable.ts";
import type { Context } from "./context.ts";
import { createFlakeHosts } from "./flakeHosts.ts";
import { createLog } from "./log.ts";
import { createNixosVpsCommand } from "./nixosVpsCommand.ts";
import { createServerSession, type ServerSession } from "./serverSession.ts";
import { registerTaskProvider } from "./taskProvider.ts";
import { createHostsView } from "./views/hostsView.ts";
import { keepRunsState } from "./views/runsState.ts";
import { createRunsView } from "./views/runsView.ts";
import { keepWalkthroughState } from "./views/walkthroughState.ts";
import { keepWelcomeState } from "./views/welcomeState.ts";

let session: ServerSession | undefined;

/** Registers the commands and lets the server start by itself: opening a window never waits for it. */
export function activate(extension: ExtensionContext): void {
  const log = createLog();
  log.info(`NixOS VPS ${extension.extension.packageJSON.version} in VS Code ${version}`);
  const server = createServerSession(extension, log);
  const hosts = createFlakeHosts(server, log);
  const command = createNixosVpsCommand(extension, log);
  const bootstrap = createBootstrapController({ extension, log, hosts, command });
  // Of two lenses on a line, the one that is registered last comes first.
  const lens = registerBootstrapLens(hosts, server.selector);
  const closure = createClosureController({
    ...{ extension, log, server, hosts, command },
    onDidChangeRuns: bootstrap.tracker.onDidChangeList,
  });
  const context: Context = { extension, log, server, hosts, command, bootstrap, closure };
  session = server;

  extension.subscriptions.push(
    ...[log, server, hosts, bootstrap, closure],
    ...[createHostsView(context), createRunsView(context), keepWelcomeState(hosts), keepRunsState(bootstrap)],
    keepWalkthroughState(),
    lens,
    registerTaskProvider(context),
  );
  for (const [id, run] of Object.entries(commandTable)) {
    extension.subscriptions.push(commands.registerCommand(id, (...args: unknown[]) => run(context, ...args)));
  }

  void server.start();
  void bootstrap.attach().catch((error: unknown) => log.warn(`Runs: ${String(error)}`));
}

/** VS Code waits for the server to be gone. */
export async function deactivate(): Promise<void> {
  await session?.stop();
}
