import { type ExtensionContext, window } from "vscode";
import type { LoginSecrets } from "../../../core/src/bootstrap/loginSecrets.ts";

export type SecretKind = keyof LoginSecrets;

/** Passwords and passphrases by login, as `loginOf` tells them apart. They go into the environment of the command, and nowhere else. */
export interface KnownSecrets {
  /** What was typed in this window, or is kept. */
  find(login: string): Promise<LoginSecrets>;
  /** Takes one that was typed; `name` says what it is: `the password of root@203.0.113.5`. */
  take(login: string, kind: SecretKind, typed: { readonly secret: string; readonly name: string }): void;
  /** After a login that worked: asks once whether what was typed is to be kept. */
  offerToKeep(login: string): Promise<void>;
  /** Forgets one that is not, or no longer, the right one. */
  forget(login: string, kind: SecretKind): Promise<void>;
}

const kinds: readonly SecretKind[] = ["passphrase", "password"];
const keyOf = (login: string, kind: SecretKind): string => `nixosVps.${kind} ${login}`;

export function knownSecrets({ secrets }: Pick<ExtensionContext, "secrets">): KnownSecrets {
  const typed = new Map<string, { readonly secret: string; readonly name: string }>();
  const wasOffered = new Set<string>();
  const find = async (login: string, kind: SecretKind): Promise<string | undefined> => {
    const key = keyOf(login, kind);
    return typed.get(key)?.secret ?? (await secrets.get(key));
  };

  async function offer(key: string): Promise<void> {
    const found = typed.get(key);
    if (found === undefined || wasOffered.has(key)) return;
    wasOffered.add(key);
    if ((await secrets.get(key)) === found.secret) return;
    const keep = "Keep";
    const choice = await window.showInformationMessage(
      `Keep ${found.name} in the secret storage of VS Code?`,
      keep,
      "No",
    );
    if (choice === keep) await secrets.store(key, found.secret);
  }

  return {
    find: async (login) => ({ password: await find(login, "password"), passphrase: await find(login, "passphrase") }),
    take: (login, kind, given) => void typed.set(keyOf(login, kind), given),
    async offerToKeep(login) {
      for (const kind of kinds) await offer(keyOf(login, kind));
    },
    async forget(login, kind) {
      typed.delete(keyOf(login, kind));
      await secrets.delete(keyOf(login, kind));
    },
  };
}
