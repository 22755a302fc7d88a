/** What opens a login besides keys that need none. It goes from the environment of the command to the login, and nowhere else. */
export interface LoginSecrets {
  readonly password?: string | undefined;
  /** Of private keys; tried on each that has one. */
  readonly passphrase?: string | undefined;
}

/** What would let us in where nothing did that was shown. */
export type WantedSecret =
  | WantedPassphrase
  | {
      readonly kind: "password";
      /** Whether one was given that was not accepted. */
      readonly isWrong: boolean;
    };

export interface WantedPassphrase {
  readonly kind: "passphrase";
  /** The private key, as OpenSSH's configuration names it: `~/.ssh/id_ed25519`. */
  readonly file: string;
  /** Whether a passphrase was given that does not open it. */
  readonly isWrong: boolean;
  /** Whether a password would do as well. */
  readonly takesPassword: boolean;
}

const variables = { password: "SSHPASS", passphrase: "NIXOS_VPS_KEY_PASSPHRASE" } as const;

/** Variables that no program may inherit. */
export const secretVariables: readonly string[] = Object.values(variables);

/** The secrets that an environment hands over; an empty one is none. */
export function loginSecretsOf(environment: Readonly<Record<string, string | undefined>>): LoginSecrets {
  return {
    password: environment[variables.password] || undefined,
    passphrase: environment[variables.passphrase] || undefined,
  };
}

/** The variables that hand secrets over to the command. */
export function loginEnvironment({ password, passphrase }: LoginSecrets): Record<string, string> {
  return {
    ...(password === undefined ? {} : { [variables.password]: password }),
    ...(passphrase === undefined ? {} : { [variables.passphrase]: passphrase }),
  };
}

/** What to do about a key with a passphrase where nobody can be asked. */
export function passphraseAdvice(file: string): string {
  return `Add it to an ssh agent (ssh-add ${file}), or give its passphrase in ${variables.passphrase}.`;
}
