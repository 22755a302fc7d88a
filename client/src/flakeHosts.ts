import { existsSync } from "node:fs";
import { join } from "node:path";
import { CancellationTokenSource, type Event, EventEmitter, type LogOutputChannel, Uri } from "vscode";
import { type FlakeHosts, type Host, hostsMethod } from "../../core/src/protocol.ts";
import type { ServerSession } from "./serverSession.ts";

/** A host of a flake that lies on this computer. */
export interface FlakeHost extends Host {
  /** Absolute path of the directory that holds `flake.nix`. */
  readonly flake: string;
}

export interface FlakesOfWorkspace {
  /** Absolute paths of the directories that hold a `flake.nix`. */
  readonly flakes: readonly string[];
  readonly hosts: readonly FlakeHost[];
}

/** The hosts of the workspace, as the language server knows them. */
export interface FlakeHostsSource {
  /** They, their places or their findings may have changed. */
  readonly onDidChange: Event<void>;
  /** Empty while the server does not run. */
  read(): Promise<FlakesOfWorkspace>;
  dispose(): void;
}

export function createFlakeHosts(server: ServerSession, log: LogOutputChannel): FlakeHostsSource {
  const changed = new EventEmitter<void>();
  const listening = server.onDidChangeStatus(({ state }) => {
    if (state !== "starting") changed.fire();
  });

  async function request(): Promise<readonly FlakeHosts[]> {
    const source = new CancellationTokenSource();
    try {
      return await server.request<readonly FlakeHosts[]>(hostsMethod, source.token);
    } catch (error) {
      log.debug(`Hosts: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    } finally {
      source.dispose();
    }
  }

  return {
    onDidChange: changed.event,
    async read() {
      const flakes = (await request())
        .filter(({ root }) => root.startsWith("file:"))
        .map(({ root, hosts }) => ({ directory: Uri.parse(root).fsPath, hosts }))
        .filter(({ directory }) => existsSync(join(directory, "flake.nix")));
      return {
        flakes: flakes.map(({ directory }) => directory),
        hosts: flakes.flatMap(({ directory, hosts }) => hosts.map((host) => ({ ...host, flake: directory }))),
      };
    },
    dispose() {
      listening.dispose();
      changed.dispose();
    },
  };
}
