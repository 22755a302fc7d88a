import { readFileSync } from "node:fs";

/**
 * When a process started, in clock ticks since boot (proc(5), stat field 22): tells it from a later one with the same number.
 * Undefined when there is none. Without /proc the number alone has to do, and the answer is empty.
 */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // One that has ended stays there until its parent asks how, which in some containers nobody does.
    return state === "Z" ? undefined : rest[18];
  } catch {
    try {
      process.kill(pid, 0);
      return "";
    } catch {
      return undefined;
    }
  }
}
