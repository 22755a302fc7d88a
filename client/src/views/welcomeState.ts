import { commands, type Disposable } from "vscode";
import type { FlakeHostsSource } from "../flakeHosts.ts";

/** Keeps the context key `nixosVps.flakes`, by which the empty view of hosts says why it is empty: `none`, `noHosts` or `hosts`. */
export function keepWelcomeState(hosts: FlakeHostsSource): Disposable {
  const update = async (): Promise<void> => {
    const { flakes, hosts: known } = await hosts.read();
    const state = flakes.length === 0 ? "none" : known.length === 0 ? "noHosts" : "hosts";
    await commands.executeCommand("setContext", "nixosVps.flakes", state);
  };
  return hosts.onDidChange(() => void update());
}
