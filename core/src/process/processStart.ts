import { readFileSync } from "node:fs";

/**
 * When a process started, in clock ticks since boot (proc(5), stat field 22): tells it from a later one with the same number.
 * Undefined when there is none. Without /proc the number alone has to do, and the answer is empty.
 */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    try {
      process.kill(pid, 0);
      return "";
    } catch {
      return undefined;
    }
  }
}
