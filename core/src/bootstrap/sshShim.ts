import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { shellQuote } from "./shellQuote.ts";

export interface SshShimOptions {
  /** Absolute path of OpenSSH's ssh. */
  readonly realSsh: string;
  readonly knownHostsFile: string;
  /** The name that the file has for the machine. */
  readonly pinnedName: string;
  /** The private key to log in with. */
  readonly identityFile: string;
  /** Another configuration than the user's. */
  readonly configFile?: string | undefined;
}

/**
 * A program to be put first in PATH under the name `ssh`, for programs that switch host key checking off themselves: nixos-anywhere
 * passes `-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null`, and OpenSSH takes the first value it is given (ssh_config(5)).
 * The real ssh gets the pinned keys in front of all that.
 */
export function sshShim({ realSsh, knownHostsFile, pinnedName, identityFile, configFile }: SshShimOptions): string {
  const options = [
    "StrictHostKeyChecking=yes",
    // The value is a list of words, unless it is quoted.
    `UserKnownHostsFile="${knownHostsFile}"`,
    "GlobalKnownHostsFile=/dev/null",
    `HostKeyAlias=${pinnedName}`,
    `IdentityFile="${identityFile}"`,
    "IdentitiesOnly=yes",
    // For the target alone: jump hosts are connections of their own, and may want the agent.
    "IdentityAgent=none",
    "UpdateHostKeys=no",
    "CheckHostIP=no",
    // A connection that is shared would have been checked by somebody else's rules.
    "ControlPath=none",
    "ControlMaster=no",
    // What is convenient at a terminal stands in the way of a program.
    "ClearAllForwardings=yes",
    "RemoteCommand=none",
    "PermitLocalCommand=no",
    // A peer that hangs is given up, which nixos-anywhere itself never does.
    "ConnectTimeout=15",
    "ServerAliveInterval=10",
    "ServerAliveCountMax=6",
  ];
  const config = configFile === undefined ? "" : ` -F ${shellQuote(configFile)}`;
  const words = options.map((option) => `-o ${shellQuote(option)}`).join(" ");
  return `#!/bin/sh\nexec ${shellQuote(realSsh)}${config} ${words} "$@"\n`;
}

/** The absolute path of a program; undefined when it is nowhere on PATH. */
export function findProgram(name: string, path = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
