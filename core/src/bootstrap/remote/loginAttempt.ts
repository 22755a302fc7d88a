import { type AnyAuthMethod, type BaseAgent, createAgent } from "ssh2";
import { findIdentities, type Identities } from "../identities.ts";
import type { LoginSecrets, WantedSecret } from "../loginSecrets.ts";
import type { SshTarget } from "../openSsh.ts";
import { LockedKeys } from "./lockedKeys.ts";
import { parsePrivateKey } from "./parseKey.ts";

export interface LoginOptions {
  readonly target: SshTarget;
  /** Private key without passphrase, the only one that is tried; the user's own identities and agent when it is left out. */
  readonly privateKey?: string | undefined;
  readonly secrets?: LoginSecrets | undefined;
}

/** One login: what is shown to a target, and what that comes to. */
export interface LoginAttempt {
  /** The next thing that is shown; ssh2 asks for it each time that the target did not accept the one before. */
  readonly nextMethod: (accepted: readonly string[] | null) => AnyAuthMethod | false;
  /** What would have let us in, once nothing did. */
  wants(): WantedSecret | undefined;
}

/**
 * Shows what OpenSSH would show: the keys of the agent and those in files, then the password. Keys with a passphrase come after those
 * that need none.
 */
export function createLoginAttempt({ target, privateKey, secrets = {} }: LoginOptions): LoginAttempt {
  const { password, passphrase } = secrets;
  const username = target.user;
  const own: Identities =
    privateKey === undefined
      ? findIdentities(target)
      : { privateKeys: [privateKey], lockedKeys: [], publicKeys: [], agent: undefined };
  const held: Buffer[] = [];
  const agent = own.agent && chosenAgent(own.agent, own.publicKeys, (key) => void held.push(key));
  const locked = new LockedKeys(own.lockedKeys, passphrase, (key) => held.some((other) => other.equals(key)));
  const methods: AnyAuthMethod[] = [
    ...(privateKey === undefined ? [{ type: "none" as const, username }] : []),
    ...(agent === undefined ? [] : [{ type: "agent" as const, username, agent }]),
    ...own.privateKeys.flatMap((text) => {
      const key = parsePrivateKey(text);
      return key === undefined ? [] : [{ type: "publickey" as const, username, key }];
    }),
    ...(own.lockedKeys.length === 0 ? [] : [{ type: "agent" as const, username, agent: locked }]),
    ...(password === undefined ? [] : passwordMethods(username, password)),
  ];
  let takesPassword = false;
  return {
    nextMethod(accepted) {
      takesPassword ||= accepted?.some((name) => name === "password" || name === "keyboard-interactive") ?? false;
      return methods.shift() ?? false;
    },
    wants() {
      if (privateKey !== undefined) return undefined;
      const file = locked.wanted()?.file;
      if (file !== undefined) return { kind: "passphrase", file, isWrong: passphrase !== undefined, takesPassword };
      return takesPassword ? { kind: "password", isWrong: password !== undefined } : undefined;
    },
  };
}

/** Many systems ask for the password by keyboard-interactive alone (PAM; sshd_config(5), KbdInteractiveAuthentication). */
function passwordMethods(username: string, password: string): AnyAuthMethod[] {
  return [
    { type: "password", username, password },
    {
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, answer) => answer(prompts.map(() => password)),
    },
  ];
}

/** The agent with its keys in the order in which they are tried. */
function chosenAgent(
  { socket, onlyPreferred }: NonNullable<Identities["agent"]>,
  preferred: Identities["publicKeys"],
  onKey: (publicKey: Buffer) => void,
): BaseAgent {
  const agent = createAgent(socket);
  const all = agent.getIdentities.bind(agent);
  agent.getIdentities = (callback) =>
    all((error, keys = []) => {
      const known = keys.map((key) => ({ key, blob: publicBlob(key) }));
      for (const { blob } of known) if (blob) onKey(blob);
      const isPreferred = ({ blob }: (typeof known)[number]): boolean =>
        blob !== undefined && preferred.some((each) => each.equals(blob));
      const first = known.filter(isPreferred);
      const others = onlyPreferred ? [] : known.filter((each) => !isPreferred(each));
      callback(
        error,
        [...first, ...others].map(({ key }) => key),
      );
    });
  return agent;
}

function publicBlob(key: unknown): Buffer | undefined {
  if (Buffer.isBuffer(key)) return key;
  if (typeof key !== "object" || key === null || !("getPublicSSH" in key) || typeof key.getPublicSSH !== "function")
    return undefined;
  const blob: unknown = key.getPublicSSH();
  return Buffer.isBuffer(blob) ? blob : undefined;
}
