import { readFileSync } from "node:fs";
import { runProcess } from "../process/runProcess.ts";

/** A key pair made for one run; nixos-anywhere needs one without passphrase. */
export interface RunKey {
  readonly privateKey: string;
  /** One line for authorized_keys. */
  readonly publicKey: string;
}

/** Makes the run's ed25519 key, or reads the one that is there. ssh-keygen writes it with mode 0600. */
export async function loadRunKey(path: string, run: string, signal?: AbortSignal): Promise<RunKey> {
  const known = readKey(path);
  if (known) return known;
  const result = await runProcess(
    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", `nixos-vps ${run}`, "-f", path],
    { timeoutMs: 20_000, signal },
  );
  const made = readKey(path);
  if (result.exitCode !== 0 || !made) throw new Error(`ssh-keygen made no key: ${result.stderr.trim()}`);
  return made;
}

function readKey(path: string): RunKey | undefined {
  try {
    return { privateKey: readFileSync(path, "utf8"), publicKey: readFileSync(`${path}.pub`, "utf8").trim() };
  } catch {
    return undefined;
  }
}
