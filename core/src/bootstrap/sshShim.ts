import { shellQuote } from "./shellQuote.ts";

/**
 * A program to be put first in PATH under the name `ssh`, for programs that switch host key checking off themselves: nixos-anywhere
 * passes `-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null`, and OpenSSH takes the first value it is given (ssh_config(5)).
 * The real ssh gets the pinned keys in front of all that. `realSsh` is its absolute path.
 */
export function sshShim(realSsh: string, knownHostsFile: string): string {
  const options = [
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${knownHostsFile}`,
    "GlobalKnownHostsFile=/dev/null",
    "UpdateHostKeys=no",
    "HashKnownHosts=no",
  ];
  return `#!/bin/sh\nexec ${shellQuote(realSsh)} ${options.map((option) => `-o ${shellQuote(option)}`).join(" ")} "$@"\n`;
}
