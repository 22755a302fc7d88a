import { type ExtensionContext, window } from "vscode";

/** Passwords for the first login, by target. They go into the environment of the command, and nowhere else. */
export interface LoginPasswords {
  /** What was typed in this window, or is kept for the target. */
  find(target: string): Promise<string | undefined>;
  /** Asks for one; undefined when that was left. */
  ask(target: string, wasRefused: boolean): Promise<string | undefined>;
  /** After a login that worked: asks once whether a password that was typed is to be kept. */
  offerToKeep(target: string): Promise<void>;
  /** Forgets one that is not, or no longer, the right one. */
  forget(target: string): Promise<void>;
}

const key = (target: string): string => `nixosVps.password ${target}`;

export function loginPasswords({ secrets }: ExtensionContext): LoginPasswords {
  const typed = new Map<string, string>();
  const wasOffered = new Set<string>();
  return {
    find: async (target) => typed.get(target) ?? (await secrets.get(key(target))),
    async ask(target, wasRefused) {
      const password = await window.showInputBox({
        title: `Log in to ${target}`,
        prompt: wasRefused
          ? "The password was not accepted."
          : "No key of yours was accepted. Type the password; keys with a passphrase belong into an ssh agent.",
        password: true,
        ignoreFocusOut: true,
      });
      if (password !== undefined && password !== "") typed.set(target, password);
      return password === "" ? undefined : password;
    },
    async offerToKeep(target) {
      const password = typed.get(target);
      if (password === undefined || wasOffered.has(target)) return;
      wasOffered.add(target);
      if ((await secrets.get(key(target))) === password) return;
      const keep = "Keep";
      const choice = await window.showInformationMessage(
        `Keep the password of ${target} in the secret storage of VS Code?`,
        keep,
        "No",
      );
      if (choice === keep) await secrets.store(key(target), password);
    },
    async forget(target) {
      typed.delete(target);
      await secrets.delete(key(target));
    },
  };
}
