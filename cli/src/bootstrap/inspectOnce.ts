import { firstContact } from "../../../core/src/bootstrap/firstContact.ts";
import { inspectTarget } from "../../../core/src/bootstrap/inspectTarget.ts";
import { resolveSshTarget, SshConfigurationError } from "../../../core/src/bootstrap/openSsh.ts";
import { InspectionIncomplete } from "../../../core/src/bootstrap/parseInspection.ts";
import {
  CommandTimedOut,
  ConnectionFailed,
  ConnectionLost,
  connect,
  HostKeyMismatch,
} from "../../../core/src/bootstrap/remote.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import type { TargetFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { ProcessFailed } from "../../../core/src/process/runProcess.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Terminal } from "../terminal.ts";

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
    const password = terminal.env["SSHPASS"];
    const remote = await connect({ target: ssh, acceptedKeys, password, timeoutMs: loginTimeoutMs, signal });
    try {
      return await inspectTarget(remote, signal);
    } finally {
      remote.close();
    }
  } catch (error) {
    if (!(error instanceof Error && expected.some((type) => error instanceof type))) throw error;
    const { message } = error;
    const isRefused = error instanceof ConnectionFailed && error.reason === "authentication";
    throw new CannotRun(message, isRefused ? { id: "login-refused", message } : undefined);
  } finally {
    terminal.progress("");
  }
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
