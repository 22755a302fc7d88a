import { asRoot } from "./machine.ts";
import type { Remote } from "./remote.ts";

/** Memory of a machine at a moment, in MiB. */
export interface Sample {
  readonly availableMiB: number;
  readonly totalMiB: number;
  /** What the compressed swap takes of the memory. */
  readonly zramMiB: number;
  /** What lies in the installer's store that is in memory. */
  readonly storeMiB: number;
}

export interface MonitorOptions {
  readonly user: string;
  readonly signal: AbortSignal;
  readonly onSample: (sample: Sample) => void;
  /** Called with each message of the kernel that is newer than the monitor. */
  readonly onKernel: (line: string) => void;
}

const everySeconds = 2;
const longestMs = 24 * 60 * 60 * 1000;

// /dev/kmsg begins with everything the kernel remembers, each line with its microseconds since boot
// (Documentation/ABI/testing/dev-kmsg), so what is older than the monitor is told apart by the time.
// Without a reader a write fails, which ends both halves.
const script = `
trap '' PIPE
echo "uptime $(cut -d' ' -f1 /proc/uptime)"
{ while read -r line; do echo "kernel $line" || exit; done < /dev/kmsg; } 2>/dev/null &
reader=$!
while :; do
  set -- $(awk '/^MemTotal:/ { t = $2 } /^MemAvailable:/ { a = $2 } END { print t, a }' /proc/meminfo)
  zram=$(awk '{ sum += $3 } END { print sum + 0 }' /sys/block/zram*/mm_stat 2>/dev/null || echo 0)
  store=$(df -Pk /nix/.rw-store 2>/dev/null | awk 'NR == 2 { print $3 }')
  echo "sample $1 $2 \${zram:-0} \${store:-0}" || break
  sleep ${everySeconds}
done
kill $reader
`;

/** Samples memory and follows the kernel log over one command of a connection, until that or the monitor ends. */
export function startMonitor(remote: Remote, { user, signal, onSample, onKernel }: MonitorOptions): void {
  let startedAt = Number.POSITIVE_INFINITY;
  const onLine = (line: string): void => {
    const [kind, ...words] = line.split(" ");
    if (kind === "uptime") startedAt = Number(words[0]) * 1e6;
    if (kind === "sample") {
      const [total = 0, available = 0, zram = 0, store = 0] = words.map(Number);
      const mib = (kib: number): number => Math.round(kib / 1024);
      onSample({ totalMiB: mib(total), availableMiB: mib(available), zramMiB: mib(zram / 1024), storeMiB: mib(store) });
    }
    if (kind === "kernel") {
      const [, time, text] = /^\d+,\d+,(\d+),[^;]*;(.*)$/.exec(words.join(" ")) ?? [];
      if (text !== undefined && Number(time) >= startedAt) onKernel(text);
    }
  };
  // Nothing depends on it: when the connection goes, what uses it says so.
  remote.run(asRoot(user, script), { timeoutMs: longestMs, signal, onLine }).catch(() => undefined);
}
