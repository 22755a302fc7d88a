import { execa } from "execa";
import type { Vps } from "../machine.ts";
import { inLabStore, nixEnvironment } from "../nixStore.ts";
import { nixosAnywherePath } from "./nixosAnywherePath.ts";

export interface NixosAnywhereResult {
  readonly exitCode: number;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

/** nixos-anywhere itself never gives up. */
const limitMs = 10 * 60_000;

/** Runs nixos-anywhere against a machine, with its key and its port before and after kexec. */
export async function runNixosAnywhere(vps: Vps, options: readonly string[]): Promise<NixosAnywhereResult> {
  const port = String(vps.port);
  const connection = ["-i", vps.keyFile, "-p", port, "--post-kexec-ssh-port", port];
  const args = [...connection, "--build-on", "local", ...options, `${vps.user}@${vps.host}`];
  const [file, fileArgs] = await inLabStore(nixosAnywherePath(), args);
  const env = { ...nixEnvironment, SSH_AUTH_SOCK: "" };
  const ending = { reject: false, timeout: limitMs } as const;
  const { exitCode, all } = await execa(file, fileArgs, { env, all: true, stdin: "ignore", ...ending });
  return { exitCode: exitCode ?? 1, output: all };
}
