import type { SshTarget } from "../../../core/src/bootstrap/openSsh.ts";

/** How many names of a long configuration OpenSSH is asked about. */
const mostDescribed = 40;

/** What OpenSSH would make of names: `root@203.0.113.5 port 2222`. Empty for what it does not understand. */
export async function describeNames(
  names: readonly string[],
  configFile: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const described = await Promise.all(
    names.slice(0, mostDescribed).map(async (name): Promise<[string, string]> => {
      const resolved = await resolveQuietly(name, configFile);
      return [name, resolved ? describeTarget(resolved) : ""];
    }),
  );
  return new Map(described);
}

/** How OpenSSH would connect; undefined when it does not understand the target. */
export async function resolveQuietly(target: string, configFile: string | undefined): Promise<SshTarget | undefined> {
  const { resolveSshTarget, SshConfigurationError } = await import("../../../core/src/bootstrap/openSsh.ts");
  try {
    return await resolveSshTarget(target, { configFile });
  } catch (error) {
    if (error instanceof SshConfigurationError) return undefined;
    throw error;
  }
}

export function describeTarget({ user, hostname, port, proxyJump }: SshTarget): string {
  const jump = proxyJump === undefined ? "" : ` through ${proxyJump}`;
  return `${user}@${hostname}${port === 22 ? "" : ` port ${port}`}${jump}`;
}
