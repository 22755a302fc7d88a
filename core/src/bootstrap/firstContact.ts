import { fingerprintOf, type HostKey, isSameKey, knownHostKeys } from "./hostKeys.ts";
import type { SshTarget } from "./openSsh.ts";
import { connect, HostKeyMismatch } from "./remote.ts";

export interface FirstContactOptions {
  readonly target: SshTarget;
  /** Fingerprint of the key that is expected, when it is known beforehand. */
  readonly fingerprint?: string | undefined;
  readonly signal: AbortSignal;
  /** Asks whether a key that nobody knows is the right one; throws when it is not, or when nobody can be asked. */
  readonly confirm: (key: HostKey, fingerprint: string) => Promise<void>;
}

const timeoutMs = 30_000;

/**
 * The host keys that a machine may answer with: those of known_hosts, else the one that it shows and somebody confirms. A fingerprint
 * that is expected goes before known_hosts. Nothing is sent to a machine whose key is not accepted. Throws `HostKeyMismatch` when it
 * shows another key than the expected one, or a revoked one.
 */
export async function firstContact({ target, fingerprint, signal, confirm }: FirstContactOptions): Promise<HostKey[]> {
  const { known, revoked } = await knownHostKeys(target);
  const expected = fingerprint === undefined ? known : known.filter((key) => fingerprintOf(key) === fingerprint);
  const usable = expected.filter((key) => !isSameKey(key, revoked));
  if (usable.length > 0) return usable;
  const shown = await shownKey(target, signal);
  const seen = fingerprintOf(shown);
  const refuse = (why: string): HostKeyMismatch =>
    new HostKeyMismatch(
      `${target.hostname} answers with the host key ${shown.type} ${seen}, ${why}. Nothing was sent to it.`,
      shown,
    );
  if (isSameKey(shown, revoked)) throw refuse("which known_hosts says is revoked");
  if (fingerprint !== undefined && fingerprint !== seen) throw refuse(`not with ${fingerprint}`);
  if (fingerprint === undefined) await confirm(shown, seen);
  return [shown];
}

/** The key that a machine shows; the connection ends there. */
async function shownKey(target: SshTarget, signal: AbortSignal): Promise<HostKey> {
  try {
    const remote = await connect({ target, acceptedKeys: [], timeoutMs, signal });
    remote.close();
    return remote.hostKey;
  } catch (error) {
    if (error instanceof HostKeyMismatch) return error.key;
    throw error;
  }
}
