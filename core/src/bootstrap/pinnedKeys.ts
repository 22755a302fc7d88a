import { existsSync } from "node:fs";
import { type HostKey, hostKeyFromBlob, knownHostsLine } from "./hostKeys.ts";
import { type RunDirectory, readIfThere, writePrivate } from "./runDirectory.ts";

/** The name the machine has in the run's known_hosts, whatever its address and port (ssh_config(5), HostKeyAlias). */
export const pinnedName = "nixos-vps-target";

/** Keys that the machine may answer with in this run. */
export function pinnedKeys({ knownHosts }: RunDirectory): HostKey[] {
  const lines = readIfThere(knownHosts)?.split("\n") ?? [];
  return lines.flatMap((line) => {
    const [name, , base64 = ""] = line.split(" ");
    return name === pinnedName ? [hostKeyFromBlob(Buffer.from(base64, "base64"))] : [];
  });
}

export function pinKeys({ knownHosts }: RunDirectory, keys: readonly HostKey[]): void {
  writePrivate(knownHosts, keys.map((key) => `${knownHostsLine(pinnedName, key)}\n`).join(""));
}

export function hasPinnedKeys({ knownHosts }: RunDirectory): boolean {
  return existsSync(knownHosts);
}
