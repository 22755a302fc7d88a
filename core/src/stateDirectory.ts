import { homedir } from "node:os";
import { join } from "node:path";

/** Where state is kept: `NIXOS_VPS_STATE_DIR`, else `$XDG_STATE_HOME/nixos-vps` (XDG Base Directory Specification). */
export function stateDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env["NIXOS_VPS_STATE_DIR"] ?? join(env["XDG_STATE_HOME"] || join(homedir(), ".local/state"), "nixos-vps");
}
