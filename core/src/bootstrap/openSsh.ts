import { execa } from "execa";

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
  readonly connectTimeoutSeconds: number | undefined;
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
  const result = await execa("ssh", args, {
    reject: false,
    timeout: 10_000,
    stdin: "ignore",
    ...(signal ? { cancelSignal: signal } : {}),
  });
  if (result.failed) {
    const said = result.stderr?.toString().trim().split("\n").at(-1) || result.shortMessage;
    throw new SshConfigurationError(`ssh does not know how to reach ${destination}: ${said}`);
  }
  return parseSshConfiguration(destination, result.stdout);
}

/** Reads the output of `ssh -G`: lines of a lower-case keyword and its value. */
export function parseSshConfiguration(destination: string, output: string): SshTarget {
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
    connectTimeoutSeconds: Number(last("connecttimeout")) || undefined,
  };
}
