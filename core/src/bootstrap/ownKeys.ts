import { ProcessFailed, runProcess } from "../process/runProcess.ts";
import { findIdentities } from "./identities.ts";
import type { SshTarget } from "./openSsh.ts";

/** Public keys (base64) that this computer can log in with: those of identity files, and of the agent unless it is not to be used. */
export async function ownPublicKeys(target: SshTarget, signal: AbortSignal): Promise<string[]> {
  const { agent, publicKeys } = findIdentities(target);
  const own = publicKeys.map((blob) => blob.toString("base64"));
  if (agent === undefined || agent.onlyPreferred) return own;
  try {
    const env = { SSH_AUTH_SOCK: agent.socket };
    const { stdout } = await runProcess(["ssh-add", "-L"], { timeoutMs: 10_000, signal, env });
    return [...own, ...parsePublicKeys(stdout)];
  } catch (error) {
    // An agent that hangs, or no ssh-add.
    if (error instanceof ProcessFailed) return own;
    throw error;
  }
}

/** The base64 of all public keys in lines as authorized_keys has them, whatever stands before them (sshd(8)). */
export function parsePublicKeys(text: string): string[] {
  return [...text.matchAll(/\b(?:ssh|ecdsa|sk)-\S+ (AAAA[A-Za-z0-9+/=]+)/g)].flatMap(([, base64]) => base64 ?? []);
}
