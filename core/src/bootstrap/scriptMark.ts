const variable = "NIXOS_VPS_SCRIPT_OF";

/**
 * Which scripts on a machine are of which run, told by a variable that all their programs inherit: they are found whatever sudo or
 * a shell put between, and by a run that is taken up again.
 */
export function scriptMark(run: string): string {
  return `${variable}=${run}`;
}

/** Shell for root that prints the ids of runs whose scripts are at work, one a line; only what can be an id is taken for one. */
export const markedRunsScript = `
cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | sed -n 's/^${variable}=\\([A-Za-z0-9_.-][A-Za-z0-9_.-]*\\)$/\\1/p' | sort -u
`;

/** None that sudo or a shell ends with by itself. */
export const leftExitCode = 85;

/**
 * Shell for root that ends what was started with a mark, and waits until it is gone: a connection that is let go ends nothing on the
 * other side. Ends with `leftExitCode` when something is left, as a program that waits for a broken disk.
 */
export const endMarkedScript = (mark: string): string => `
marked() {
  for process in /proc/[0-9]*; do
    # Threads of the kernel have none.
    [ -e "$process/exe" ] || continue
    if tr '\\0' '\\n' 2>/dev/null < "$process/environ" | grep -qxF '${mark}'; then echo "\${process##*/}"; fi
  done 2>/dev/null
}
signal=TERM i=0 empty=0
while [ $i -lt 40 ]; do
  left=$(marked)
  # Looked for twice: one that begins just now shows its variables a moment later.
  if [ -z "$left" ]; then empty=$((empty + 1)); [ $empty -lt 2 ] || exit 0; else empty=0; kill -$signal $left 2>/dev/null; fi
  [ $i -lt 20 ] || signal=KILL
  sleep 0.2; i=$((i + 1))
done
exit ${leftExitCode}
`;
