import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** There is no place for state; the message says why. */
export class NoStateDirectory extends Error {
  override readonly name = "NoStateDirectory";
}

/**
 * Absolute path of where state is kept: `NIXOS_VPS_STATE_DIR`, else `$XDG_STATE_HOME/nixos-vps`, which counts only when it is
 * absolute (XDG Base Directory Specification). Throws `NoStateDirectory` when there is no home directory either.
 */
export function stateDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const own = env["NIXOS_VPS_STATE_DIR"];
  if (own) return resolve(own);
  const shared = env["XDG_STATE_HOME"];
  if (shared && isAbsolute(shared)) return join(shared, "nixos-vps");
  // os.homedir() gives back what HOME says, be it nothing.
  const home = homedir();
  if (!isAbsolute(home))
    throw new NoStateDirectory("HOME names no directory to keep state in: set HOME or NIXOS_VPS_STATE_DIR");
  return join(home, ".local/state/nixos-vps");
}

/** Variables by which a process that is started elsewhere keeps its state in the same place. */
export function stateVariables(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string>> {
  return { NIXOS_VPS_STATE_DIR: stateDirectory(env) };
}
