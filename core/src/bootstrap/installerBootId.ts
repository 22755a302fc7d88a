import type { Remote } from "./remote.ts";

/** The boot id of the installer that answers; undefined when it is another system. */
export async function installerBootId(remote: Remote, signal: AbortSignal): Promise<string | undefined> {
  const script = "grep -qsx 'VARIANT_ID=\"*installer\"*' /etc/os-release && cat /proc/sys/kernel/random/boot_id";
  const { stdout, exitCode } = await remote.run(script, { timeoutMs: 10_000, signal });
  return exitCode === 0 ? stdout.trim() : undefined;
}
