import { commands, type Disposable } from "vscode";
import type { FlakeHostsSource, FlakesOfWorkspace } from "../flakeHosts.ts";

/**
 * Keeps the context key `nixosVps.flakes`, by which the empty view of hosts says why it is empty: `notRead` when there is no language
 * server, `none`, `noHosts` or `hosts`. It is not there before the flakes were read for the first time.
 */
export function keepWelcomeState(hosts: FlakeHostsSource): Disposable {
  const update = async (): Promise<void> => {
    await commands.executeCommand("setContext", "nixosVps.flakes", stateOf(await hosts.read()));
  };
  return hosts.onDidChange(() => void update());
}

function stateOf({ isServerRunning, flakes, hosts }: FlakesOfWorkspace): string {
  if (!isServerRunning) return "notRead";
  if (flakes.length === 0) return "none";
  return hosts.length === 0 ? "noHosts" : "hosts";
}
