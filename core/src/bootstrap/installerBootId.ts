import type { Remote } from "./remote.ts";
import { shellCommand } from "./shellQuote.ts";

/**
 * Shell that prints the boot id of an installer, and ends with an error on another system. It starts no programs: an installer that
 * has just begun reads each of them from its image first.
 */
export const installerBootIdScript = `
is_installer=
while read -r line; do
  case $line in VARIANT_ID=installer | 'VARIANT_ID="installer"') is_installer=1 ;; esac
done < /etc/os-release
[ "$is_installer" ] || exit 1
read -r boot_id < /proc/sys/kernel/random/boot_id && echo "$boot_id"
`;

/** The boot id of the installer that answers; undefined when it is another system. */
export async function installerBootId(remote: Remote, signal: AbortSignal): Promise<string | undefined> {
  const { stdout, exitCode } = await remote.run(shellCommand(["sh", "-c", installerBootIdScript]), {
    timeoutMs: 10_000,
    signal,
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}
