import { firstContact } from "../../../core/src/bootstrap/firstContact.ts";
import { inspectTarget } from "../../../core/src/bootstrap/inspectTarget.ts";
import { loginSecretsOf, passphraseAdvice } from "../../../core/src/bootstrap/loginSecrets.ts";
import { resolveSshTarget, SshConfigurationError } from "../../../core/src/bootstrap/openSsh.ts";
import { InspectionIncomplete } from "../../../core/src/bootstrap/parseInspection.ts";
import {
  CommandTimedOut,
  ConnectionFailed,
  ConnectionLost,
  type ConnectOptions,
  connect,
  HostKeyMismatch,
  type Remote,
} from "../../../core/src/bootstrap/remote.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import type { TargetFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { ProcessFailed } from "../../../core/src/process/runProcess.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Terminal } from "../terminal.ts";
import { secretPrompts } from "./askForSecret.ts";

const loginTimeoutMs = 30_000;

const expected = [
  SshConfigurationError,
  ConnectionFailed,
  HostKeyMismatch,
  ConnectionLost,
  CommandTimedOut,
  InspectionIncomplete,
  ProcessFailed,
];

/** Looks at a machine by one command that only reads. Throws `CannotRun` when it cannot be reached, or is not the right one. */
export async function inspectOnce(
  { target, port, sshConfig, hostKey }: Pick<BootstrapRequest, "target" | "port" | "sshConfig" | "hostKey">,
  terminal: Terminal,
): Promise<TargetFacts> {
  const controller = new AbortController();
  const { signal } = controller;
  terminal.onInterrupt(() => controller.abort(new CannotRun("interrupted")));
  try {
    const ssh = await resolveSshTarget(target, { port, configFile: sshConfig, signal });
    terminal.progress(`looking at ${target}`);
    const acceptedKeys = await firstContact({
      target: ssh,
      fingerprint: hostKey,
      signal,
      confirm: (key, fingerprint) => confirmKey({ keyType: key.type, fingerprint }, target, signal, terminal),
    });
    const remote = await logIn({ target: ssh, acceptedKeys, timeoutMs: loginTimeoutMs, signal }, terminal);
    try {
      return await inspectTarget(remote, signal);
    } finally {
      remote.close();
    }
  } catch (error) {
    if (!(error instanceof Error && expected.some((type) => error instanceof type))) throw error;
    throw cannotLookAt(error);
  } finally {
    terminal.progress("");
  }
}

/** Logs in; what is wanted for that is asked for on a terminal. */
async function logIn(options: ConnectOptions & { readonly signal: AbortSignal }, terminal: Terminal): Promise<Remote> {
  const ask = secretPrompts(options.target.destination, terminal);
  let secrets = loginSecretsOf(terminal.env);
  for (;;) {
    try {
      return await connect({ ...options, secrets });
    } catch (error) {
      const wants = error instanceof ConnectionFailed && terminal.interactive ? error.wants : undefined;
      const more = wants && (await ask(wants, secrets, options.signal));
      options.signal.throwIfAborted();
      if (more === undefined) throw error;
      secrets = more;
    }
  }
}

function cannotLookAt(error: Error): CannotRun {
  const { message } = error;
  if (!(error instanceof ConnectionFailed && error.reason === "authentication")) return new CannotRun(message);
  const { wants } = error;
  if (wants?.kind !== "passphrase") return new CannotRun(message, { id: "login-refused", message });
  const { file, isWrong, takesPassword } = wants;
  return new CannotRun(`${message} ${passphraseAdvice(file)}`, {
    id: "key-passphrase",
    ...{ message, file, isWrong, takesPassword },
  });
}

async function confirmKey(
  shown: { readonly keyType: string; readonly fingerprint: string },
  target: string,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  const unknown = `the host key of ${target} is not known: ${shown.keyType} ${shown.fingerprint}`;
  if (!terminal.interactive) {
    const message = `${unknown}; add it to known_hosts, or give the fingerprint with --host-key`;
    throw new CannotRun(message, { id: "host-key-unknown", message, ...shown });
  }
  terminal.note(`nixos-vps: ${unknown}`);
  const typed = await terminal.readLine("Is it the right one? Type yes: ", signal).catch(() => "");
  signal.throwIfAborted();
  if (typed.trim() !== "yes") throw new CannotRun("the host key was not accepted; nothing was sent to the target");
}
