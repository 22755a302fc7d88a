import type { RemoteStore } from "../nix/remoteStore.ts";
import { resolveSshTarget, type SshTarget } from "./openSsh.ts";
import type { BootstrapRequest } from "./request.ts";
import { parseTarget, targetProblem } from "./targetText.ts";

type BuildHostRequest = Pick<BootstrapRequest, "buildHost" | "sshConfig">;

/** The machine that is to build is the one that is to be installed; the message is for whoever named it. */
export class BuildHostIsTarget extends Error {
  override readonly name = "BuildHostIsTarget";
}

/** What is wrong with a build host (`[user@]host[:port]`), in the words of whoever types it; undefined when nothing is. */
export function buildHostProblem(text: string): string | undefined {
  if (text.trim() === "") return "Type a machine, such as builder or me@198.51.100.7.";
  // The address of its store is a URL, in which some versions of Nix decode what stands for itself in others.
  const odd = /[^A-Za-z0-9.:_@[\]-]/.exec(text.trim())?.[0];
  if (odd !== undefined && !/\s/.test(odd))
    return `"${odd}" cannot stand in the address of a store: give the machine a name in your ssh configuration.`;
  return targetProblem(text);
}

/** The store of the build host, for Nix; undefined when it is this computer that builds. */
export function buildHostStore({ buildHost, sshConfig }: BuildHostRequest): RemoteStore | undefined {
  if (!buildHost) return undefined;
  const { target, port } = parseTarget(buildHost);
  const at = target.lastIndexOf("@") + 1;
  const host = target.slice(at);
  const sshOptions = [
    ...(sshConfig === undefined ? [] : ["-F", sshConfig]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    // What it builds is installed: it has to be the machine that is meant. And nobody is there to be asked.
    ...["BatchMode=yes", "StrictHostKeyChecking=yes"].flatMap((option) => ["-o", option]),
    // What is convenient at a terminal stands in the way of a program.
    ...["ClearAllForwardings=yes", "RemoteCommand=none", "RequestTTY=no"].flatMap((option) => ["-o", option]),
    // A machine that hangs is given up.
    ...["ConnectTimeout=15", "ServerAliveInterval=10", "ServerAliveCountMax=6"].flatMap((option) => ["-o", option]),
    // OpenSSH takes the first value that it is given, so that those of the user come after ours.
    ...(process.env["NIX_SSHOPTS"] ? [process.env["NIX_SSHOPTS"]] : []),
  ];
  return {
    name: buildHost,
    url: `ssh-ng://${target.slice(0, at)}${host.includes(":") ? `[${host}]` : host}`,
    env: { NIX_SSHOPTS: sshOptions.join(" ") },
  };
}

/**
 * Makes sure that the machine that is to build is another one than the target: building takes gigabytes of memory. Nothing is contacted.
 * Throws `BuildHostIsTarget`, and `SshConfigurationError`.
 */
export async function requireOtherBuildHost(
  { buildHost, sshConfig, target, port }: BuildHostRequest & Pick<BootstrapRequest, "target" | "port">,
  signal?: AbortSignal,
): Promise<void> {
  if (!buildHost) return;
  const typed = parseTarget(buildHost);
  const [builder, installed] = await Promise.all([
    resolveSshTarget(typed.target, { port: typed.port, configFile: sshConfig, signal }),
    resolveSshTarget(target, { port, configFile: sshConfig, signal }),
  ]);
  if (!isSameMachine(builder, installed)) return;
  throw new BuildHostIsTarget(
    `${buildHost} is the target itself, whose memory a build would not fit into: build on another machine, or on this computer.`,
  );
}

/** Whether ssh would reach the same server; one address may be several machines, behind different ports or jump hosts. */
function isSameMachine(one: SshTarget, other: SshTarget): boolean {
  return (
    one.hostname.toLowerCase() === other.hostname.toLowerCase() &&
    one.port === other.port &&
    one.proxyJump === other.proxyJump &&
    one.proxyCommand === other.proxyCommand
  );
}
