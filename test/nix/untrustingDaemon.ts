import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { until } from "../lab/until.ts";
import { nixProgram, type TemporaryStore } from "./temporaryStore.ts";

/** The daemon of a store's Nix, for which nobody who asks is a trusted user. */
export interface UntrustingDaemon {
  /** Variables with which `nix` asks it instead of opening the store. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startUntrustingDaemon(store: TemporaryStore): Promise<UntrustingDaemon> {
  const socket = join(store.directory, "daemon");
  const env = { NIX_REMOTE: "daemon", NIX_DAEMON_SOCKET_PATH: socket };
  const daemon = execa(nixProgram, ["daemon"], {
    // With the store itself: it would ask its own socket otherwise, and so itself without an end.
    env: {
      ...store.env,
      ...env,
      NIX_REMOTE: "local",
      NIX_CONFIG: `${store.env["NIX_CONFIG"]}\ntrusted-users = nobody`,
    },
    reject: false,
  });
  await until("the daemon's socket", 20_000, async () => (existsSync(socket) ? true : undefined));
  return {
    env,
    async stop() {
      daemon.kill();
      await daemon;
    },
  };
}
