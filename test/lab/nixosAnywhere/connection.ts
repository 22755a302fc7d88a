import { exitCodeOf, runOrFail } from "./run.ts";

/** The machine at the other end of ssh, as nixos-anywhere connects to it: without knowing its key. */
export interface Connection {
  readonly destination: string;
  readonly keyFile: string;
  /** For ssh and, in `NIX_SSHOPTS`, for Nix. */
  readonly args: readonly string[];
}

export function connect(destination: string, keyFile: string, args: readonly string[]): Connection {
  const unchecked = ["-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"];
  return { destination, keyFile, args: ["-o", "IdentitiesOnly=yes", "-i", keyFile, ...unchecked, ...args] };
}

/** The arguments for ssh to run a line of shell there. */
export function sshArguments({ destination, args }: Connection, command: string): string[] {
  return [process.stdin.isTTY ? "-t" : "-T", ...args, destination, command];
}

/** @throws CommandFailed with the command's exit code, or ssh's 255 */
export async function ssh(to: Connection, command: string, input?: string): Promise<void> {
  await runOrFail("ssh", sshArguments(to, command), input === undefined ? {} : { input });
}

/** @param timeoutSeconds after which ssh is ended */
export async function exitCodeOverSsh(to: Connection, command: string, timeoutSeconds = 0): Promise<number> {
  return exitCodeOf("ssh", ["-o", "ConnectTimeout=10", ...sshArguments(to, command)], {
    timeoutMs: timeoutSeconds * 1000,
  });
}
