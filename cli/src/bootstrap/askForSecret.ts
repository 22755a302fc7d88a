import type { LoginSecrets, WantedSecret } from "../../../core/src/bootstrap/loginSecrets.ts";
import type { Terminal } from "../terminal.ts";

/** Asks for what a login wants besides what was given; undefined when that was left, or was asked often enough. */
export type AskForSecret = (
  wants: WantedSecret,
  given: LoginSecrets,
  signal: AbortSignal,
) => Promise<LoginSecrets | undefined>;

/** As often as ssh asks for each (ssh_config(5), NumberOfPasswordPrompts). */
const attempts = 3;

/** Asks on a terminal as ssh does: for the passphrase of a key, and for the password when that is left empty or was wrong too often. */
export function secretPrompts(target: string, terminal: Pick<Terminal, "note" | "readSecret">): AskForSecret {
  const left = { passphrase: attempts, password: attempts };

  return async (wants, given, signal) => {
    const read = (prompt: string): Promise<string> => terminal.readSecret(prompt, signal).catch(() => "");
    if (wants.kind === "passphrase") {
      if (wants.isWrong) terminal.note(`nixos-vps: the passphrase does not open ${wants.file}`);
      if (left.passphrase > 0) {
        left.passphrase -= 1;
        const passphrase = await read(`Passphrase of ${wants.file}: `);
        if (passphrase !== "") return { ...given, passphrase };
        left.passphrase = 0;
      }
      if (!wants.takesPassword || signal.aborted) return undefined;
    }
    if (given.password !== undefined) terminal.note("nixos-vps: the password was not accepted");
    if (left.password === 0) return undefined;
    left.password -= 1;
    const password = await read(`Password for ${target}: `);
    return password === "" ? undefined : { password };
  };
}
