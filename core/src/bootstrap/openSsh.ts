import { ProcessFailed, runProcess } from "../process/runProcess.ts";
import { shellQuote } from "./shellQuote.ts";

/** How OpenSSH would reach a target, as `ssh -G` resolves it from the user's configuration (ssh_config(5)). */
export interface SshTarget {
  /** What was asked for: `root@web`, an alias or an address. */
  readonly destination: string;
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** A socket path, `none`, or undefined for the one in the environment. */
  readonly identityAgent: string | undefined;
  readonly proxyJump: string | undefined;
  readonly proxyCommand: string | undefined;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  /** The name that known_hosts lists it under when it is not the hostname. */
  readonly hostKeyAlias: string | undefined;
  /** Another configuration than the user's, which jump hosts are looked up in too. */
  readonly configFile: string | undefined;
}

export class SshConfigurationError extends Error {
  override readonly name = "SshConfigurationError";
}

export interface ResolveOptions {
  readonly port?: number | undefined;
  /** Another configuration file than the user's (`ssh -F`). */
  readonly configFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks OpenSSH how it would connect; nothing is contacted. Throws `SshConfigurationError` with OpenSSH's own words. */
export async function resolveSshTarget(
  destination: string,
  { port, configFile, signal }: ResolveOptions = {},
): Promise<SshTarget> {
  if (destination === "" || destination.startsWith("-"))
    throw new SshConfigurationError(`"${destination}" is no ssh destination.`);
  const args = [
    ...(configFile ? ["-F", configFile] : []),
    ...(port === undefined ? [] : ["-p", String(port)]),
    "-G",
    "--",
    destination,
  ];
  const { exitCode, stdout, stderr } = await runSsh(args, signal);
  if (exitCode !== 0) {
    const said = stderr.trim().split("\n").at(-1) || "it says nothing";
    throw new SshConfigurationError(`ssh does not know how to reach ${destination}: ${said}`);
  }
  return parseSshConfiguration(destination, stdout, configFile);
}

async function runSsh(args: readonly string[], signal: AbortSignal | undefined): ReturnType<typeof runProcess> {
  try {
    return await runProcess(["ssh", ...args], { timeoutMs: 10_000, signal });
  } catch (error) {
    throw error instanceof ProcessFailed ? new SshConfigurationError(error.message) : error;
  }
}

/** Reads the output of `ssh -G`: lines of a lower-case keyword and its value. */
function parseSshConfiguration(destination: string, output: string, configFile?: string): SshTarget {
  const values = new Map<string, string[]>();
  for (const line of output.split("\n")) {
    const [, keyword = "", value = ""] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (keyword) values.set(keyword, [...(values.get(keyword) ?? []), value]);
  }
  const last = (keyword: string): string | undefined => values.get(keyword)?.at(-1);
  const unlessNone = (value: string | undefined): string | undefined =>
    value === undefined || value === "none" ? undefined : value;
  return {
    destination,
    hostname: last("hostname") ?? destination,
    user: last("user") ?? "root",
    port: Number(last("port") ?? 22),
    identityFiles: values.get("identityfile") ?? [],
    identitiesOnly: last("identitiesonly") === "yes",
    identityAgent: last("identityagent"),
    proxyJump: unlessNone(last("proxyjump")),
    proxyCommand: unlessNone(last("proxycommand")),
    userKnownHostsFiles: last("userknownhostsfile")?.split(/\s+/) ?? [],
    globalKnownHostsFiles: last("globalknownhostsfile")?.split(/\s+/) ?? [],
    hostKeyAlias: last("hostkeyalias"),
    configFile,
  };
}

/**
 * The program whose input and output lead to a target behind a jump host or a proxy command; undefined when it is reached directly.
 * Jumping is OpenSSH's business: `ssh -W` gives a stream (ssh(1)).
 */
export function proxyArguments(target: SshTarget): [string, ...string[]] | undefined {
  const { proxyJump, proxyCommand, hostname, port, configFile } = target;
  if (proxyJump !== undefined) {
    const hops = proxyJump.split(",");
    const before = hops.slice(0, -1).join(",");
    return [
      "ssh",
      ...(configFile === undefined ? [] : ["-F", configFile]),
      ...["-o", "BatchMode=yes"],
      ...(before === "" ? [] : ["-J", before]),
      ...["-W", `[${hostname}]:${port}`, "--", sshUri(hops.at(-1) ?? "")],
    ];
  }
  // OpenSSH runs it with a shell too.
  return proxyCommand === undefined ? undefined : ["sh", "-c", `exec ${expandTokens(proxyCommand, target)}`];
}

/** `user@host:port` of a jump host as a destination that ssh takes. */
function sshUri(hop: string): string {
  return hop.startsWith("ssh://") || !/:\d+$/.test(hop) ? hop : `ssh://${hop}`;
}

/** `ssh -G` prints a proxy command as it is written (ssh_config(5), TOKENS). Throws `SshConfigurationError` for a name with shell in it. */
function expandTokens(command: string, { hostname, port, user, destination }: SshTarget): string {
  const values: Readonly<Record<string, string>> = {
    "%": "%",
    h: hostname,
    n: destination.replace(/^.*@/, ""),
    p: String(port),
    r: user,
  };
  return command.replace(/%(.)/g, (token, name: string) => {
    const value = values[name] ?? token;
    if (value !== "%" && value !== token && shellQuote(value) !== value)
      throw new SshConfigurationError(`"${value}" cannot be handed to the ProxyCommand of ${destination}.`);
    return value;
  });
}
