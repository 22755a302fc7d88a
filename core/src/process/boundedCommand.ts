export interface Bounds {
  /** MiB that the program may allocate; undefined is no limit. RLIMIT_DATA counts private mappings since Linux 4.7 (getrlimit(2)). */
  readonly memoryMiB: number | undefined;
  /** What the program is sent when this process is gone, however it ended: KILL for one that may not listen and has no children. */
  readonly lastSignal: "TERM" | "KILL";
}

/**
 * A command that may allocate so much and ends when this process does. Both are Linux's: elsewhere, and where util-linux is missing,
 * the program runs without.
 */
export function boundedCommand(
  argv: readonly [string, ...string[]],
  { memoryMiB, lastSignal }: Bounds,
): [string, ...string[]] {
  const limit = memoryMiB === undefined ? "unlimited" : `${Math.round(memoryMiB * 1024)}`;
  return ["sh", "-c", script, limit, lastSignal, String(process.pid), ...argv];
}

/** What the shell ends with when there is no such program (POSIX, Shell Command Language 2.8.2). */
export const commandNotFound = 127;

// The signal is only sent from when it is asked for: whoever has another parent by then has lost the one it had.
const script = `test "$0" = unlimited || ulimit -d "$0" 2>/dev/null
signal=$1 parent=$2
shift 2
setpriv --pdeathsig "$signal" true 2>/dev/null || exec "$@"
exec setpriv --pdeathsig "$signal" -- sh -c 'test "$PPID" = "$0" && exec "$@"' "$parent" "$@"`;
