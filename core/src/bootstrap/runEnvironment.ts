import { chmodSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { secretVariables } from "./loginSecrets.ts";
import { pinnedName } from "./pinnedKeys.ts";
import type { BootstrapRequest } from "./request.ts";
import { type RunDirectory, writePrivate } from "./runDirectory.ts";
import { findProgram, sshShim } from "./sshShim.ts";
import { StepFailed } from "./step.ts";

/**
 * Variables for programs that connect to the machine: an `ssh` that enforces the pinned keys comes first in PATH, and no secret and no
 * other key is passed on.
 */
export function runEnvironment(
  directory: RunDirectory,
  { sshConfig }: Pick<BootstrapRequest, "sshConfig">,
): Record<string, string | undefined> {
  const realSsh = findProgram("ssh");
  if (realSsh === undefined) throw new StepFailed("ssh is not installed, or not on PATH.");
  mkdirSync(directory.bin, { recursive: true, mode: 0o700 });
  const shim = join(directory.bin, "ssh");
  const text = sshShim({
    realSsh,
    knownHostsFile: directory.knownHosts,
    pinnedName,
    identityFile: directory.privateKey,
    configFile: sshConfig,
  });
  writePrivate(shim, text);
  chmodSync(shim, 0o700);
  return {
    PATH: `${directory.bin}${delimiter}${process.env["PATH"] ?? ""}`,
    SSH_PRIVATE_KEY: undefined,
    ...Object.fromEntries(secretVariables.map((name) => [name, undefined])),
    // A control path hangs nix copy (NixOS/nix#8480), and options in front of ours would win.
    NIX_SSHOPTS: undefined,
  };
}
