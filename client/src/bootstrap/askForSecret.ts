import { window } from "vscode";
import type { WantedPassphrase, WantedSecret } from "../../../core/src/bootstrap/loginSecrets.ts";
import type { KnownSecrets } from "./loginSecrets.ts";

/**
 * Asks what a login wants, the password also where a passphrase was left empty. Forgets what is known of it, which did not let us in,
 * and takes what is typed. What is given back resolves to whether something was typed.
 */
export function secretQuestions(secrets: KnownSecrets, login: string): (wants: WantedSecret) => Promise<boolean> {
  let isPassphraseLeft = false;
  let wasPasswordAsked = false;

  function passwordPrompt(): string {
    if (wasPasswordAsked) return "The password was not accepted.";
    return isPassphraseLeft ? "Type the password." : "No key of yours was accepted. Type the password.";
  }

  return async (wants) => {
    if (wants.kind === "passphrase" && !isPassphraseLeft) {
      await secrets.forget(login, "passphrase");
      const passphrase = await askForPassphrase(login, wants);
      if (passphrase === undefined) return false;
      if (passphrase !== "") {
        secrets.take(login, "passphrase", { secret: passphrase, name: `the passphrase of ${wants.file}` });
        return true;
      }
      isPassphraseLeft = true;
    }
    await secrets.forget(login, "password");
    const password = await askForPassword(login, passwordPrompt());
    wasPasswordAsked = true;
    if (password === undefined || password === "") return false;
    secrets.take(login, "password", { secret: password, name: `the password of ${login}` });
    return true;
  };
}

async function askForPassphrase(
  login: string,
  { file, isWrong, takesPassword }: WantedPassphrase,
): Promise<string | undefined> {
  const why = isWrong ? "That passphrase does not open the key." : `${login} wants this key.`;
  return window.showInputBox({
    title: `Passphrase of ${file}`,
    prompt: takesPassword ? `${why} Leave it empty to use a password instead.` : why,
    password: true,
    ignoreFocusOut: true,
    validateInput: (typed) => (typed === "" && !takesPassword ? "Type the passphrase." : undefined),
  });
}

async function askForPassword(login: string, prompt: string): Promise<string | undefined> {
  return window.showInputBox({
    title: `Log in to ${login}`,
    prompt,
    password: true,
    ignoreFocusOut: true,
  });
}
