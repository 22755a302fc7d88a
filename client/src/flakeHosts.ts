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
  /** Whether the language server, which reads them, has answered. */
  readonly isServerRunning: boolean;
}

/** The hosts of the workspace, as the language server knows them. */
export interface FlakeHostsSource {
  /** They, their places or their findings may have changed. */
  readonly onDidChange: Event<void>;
  /** Empty while the server does not run. */
  read(): Promise<FlakesOfWorkspace>;
  /** The same once the server has read the flakes for the first time, which takes seconds after a window was opened. */
  readOnceKnown(): Promise<FlakesOfWorkspace>;
  dispose(): void;
}

const firstReadingMs = 30_000;

export function createFlakeHosts(server: ServerSession, log: LogOutputChannel): FlakeHostsSource {
  const changed = new EventEmitter<void>();
  let isKnown = false;
  const listening = server.onDidChangeStatus(({ state }) => {
    if (state === "starting") return;
    isKnown = true;
    changed.fire();
  });

  async function request(): Promise<readonly FlakeHosts[] | undefined> {
    const source = new CancellationTokenSource();
    try {
      return await server.request<readonly FlakeHosts[]>(hostsMethod, source.token);
    } catch (error) {
      log.debug(`Hosts: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    } finally {
      source.dispose();
    }
  }

  async function read(): Promise<FlakesOfWorkspace> {
    const answered = await request();
    const flakes = (answered ?? [])
      .filter(({ root }) => root.startsWith("file:"))
      .map(({ root, hosts }) => ({ directory: Uri.parse(root).fsPath, hosts }))
      .filter(({ directory }) => existsSync(join(directory, "flake.nix")));
    return {
      isServerRunning: answered !== undefined,
      flakes: flakes.map(({ directory }) => directory),
      hosts: flakes.flatMap(({ directory, hosts }) => hosts.map((host) => ({ ...host, flake: directory }))),
    };
  }

  /** Resolves at the next change, or when it took too long. */
  function nextChange(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, firstReadingMs);
      const waiting = changed.event(done);
      function done(): void {
        clearTimeout(timer);
        waiting.dispose();
        resolve();
      }
    });
  }

  return {
    onDidChange: changed.event,
    read,
    async readOnceKnown() {
      if (!isKnown) await nextChange();
      return read();
    },
    dispose() {
      listening.dispose();
      changed.dispose();
    },
  };
}
