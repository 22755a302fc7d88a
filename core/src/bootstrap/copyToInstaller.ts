import { runNix } from "../nix/runNix.ts";
import { runEnvironment } from "./runEnvironment.ts";
import type { StepContext } from "./step.ts";

export interface CopyOptions {
  /** Where the store is that is copied to: the installer's own, which is in memory, or the one below a directory. */
  readonly root?: string | undefined;
  readonly timeoutMs: number;
  readonly onLine: (line: string) => void;
  readonly structured?: boolean | undefined;
}

/** Copies a closure to the installer; paths that it has are left out, so a copy that was cut short goes on where it was. */
export async function copyToInstaller(
  { machine, signal, directory, request, onStarted }: StepContext,
  path: string,
  { root, timeoutMs, onLine, structured = false }: CopyOptions,
): Promise<void> {
  const { host, port } = machine.addressOf("installer");
  const address = host.includes(":") ? `[${host}]` : host;
  const store = root === undefined ? "" : `remote-store=local%3Froot=${encodeURIComponent(root)}&`;
  const destination = `ssh://root@${address}?${store}compress=true`;
  // Verbose: the structured log counts bytes only then, and the plain one names paths.
  const log = structured ? ["--log-format", "internal-json", "-v"] : [];
  await runNix(["copy", ...log, "--to", destination, "--substitute-on-destination", "--no-check-sigs", path], {
    timeoutMs,
    signal,
    env: { ...runEnvironment(directory, request), NIX_SSHOPTS: `-p ${port}` },
    onLine,
    onStarted,
  });
}
