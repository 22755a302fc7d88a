/**
 * A command that may allocate so much and ends when this process does, however that ends. Both are Linux's: elsewhere, and where
 * util-linux is missing, the program runs without. RLIMIT_DATA counts private mappings since Linux 4.7 (getrlimit(2)).
 */
export function boundedCommand(
  argv: readonly [string, ...string[]],
  memoryMiB: number | undefined,
): [string, ...string[]] {
  return ["sh", "-c", script, memoryMiB === undefined ? "unlimited" : `${Math.round(memoryMiB * 1024)}`, ...argv];
}

/** What the shell ends with when there is no such program (POSIX, Shell Command Language 2.8.2). */
export const commandNotFound = 127;

const script = `ulimit -d "$0" 2>/dev/null
if setpriv --pdeathsig TERM true 2>/dev/null; then exec setpriv --pdeathsig TERM -- "$@"; fi
exec "$@"`;
