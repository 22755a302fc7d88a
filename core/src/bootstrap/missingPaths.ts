import { basename } from "node:path";
import type { ClosureSizes } from "../nix/closureSize.ts";
import type { StepContext } from "./step.ts";

// A store that was not begun has no database, and asking would make one.
const missingScript = `
if [ -e /mnt/nix/var/nix/db/db.sqlite ]; then xargs nix-store --store /mnt --check-validity --print-invalid
else cat; fi
`;

/** Which paths of a closure the store below /mnt lacks, with their sizes; all of them when it does not say. */
export async function missingPaths({ machine, signal }: StepContext, sizes: ClosureSizes): Promise<ClosureSizes> {
  const stdin = [...sizes.keys()].map((name) => `/nix/store/${name}\n`).join("");
  const { exitCode, stdout } = await machine.sh("installer", missingScript, { timeoutMs: 2 * 60_000, signal, stdin });
  if (exitCode !== 0) return sizes;
  const missing = new Set(stdout.split("\n").map((path) => basename(path.trim())));
  return new Map([...sizes].filter(([name]) => missing.has(name)));
}
