import type { RemoteStore } from "./remoteStore.ts";
import { type NixOptions, runNixForOutput } from "./runNix.ts";

export interface PingOptions extends NixOptions {
  /** Another store than the one of this computer. */
  readonly store?: RemoteStore | undefined;
}

export interface StoreAnswer {
  /** Whether it takes unsigned paths from whoever asks; undefined when it does not say, as Nix 2.8. */
  readonly trusted: boolean | undefined;
}

/**
 * Asks a store whether it is there. `nix store ping` is an alias of `nix store info` in newer versions, and all versions know it. Throws
 * `NixFailed`.
 */
export async function pingStore({ store, ...options }: PingOptions): Promise<StoreAnswer> {
  const { stdout, stderr } = await runNixForOutput(
    ["store", "ping", ...(store === undefined ? [] : ["--store", store.url])],
    { ...options, env: store?.env },
  );
  const said = /^Trusted: ([01])$/m.exec(`${stdout}\n${stderr}`)?.[1];
  return { trusted: said === undefined ? undefined : said === "1" };
}
