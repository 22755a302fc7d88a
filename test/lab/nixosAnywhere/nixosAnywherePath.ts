import { fileURLToPath } from "node:url";

/** The nixos-anywhere to use: what `NIXOS_VPS_NIXOS_ANYWHERE` names, otherwise the stand-in. */
export function nixosAnywherePath(): string {
  return process.env["NIXOS_VPS_NIXOS_ANYWHERE"] || fileURLToPath(new URL("nixos-anywhere", import.meta.url));
}
