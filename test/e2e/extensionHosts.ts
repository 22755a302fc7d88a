import { readdirSync, readFileSync } from "node:fs";

/** Process numbers of the extension hosts among what a process has started. */
export function extensionHostsOf(ancestor: number): number[] {
  const processes = new Map(readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? parentOf(Number(name)) : [])));
  return [...processes.keys()].filter((pid) => {
    let at = processes.get(pid);
    while (at !== undefined && at !== ancestor) at = processes.get(at);
    return at === ancestor && readOf(pid, "cmdline").includes("--type=extensionHost");
  });
}

/** A process and its parent, the second field after the name in parentheses (proc_pid_stat(5)). */
function parentOf(pid: number): [number, number][] {
  const stat = readOf(pid, "stat");
  const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return parent === undefined ? [] : [[pid, Number(parent)]];
}

/** Empty when the process is gone. */
function readOf(pid: number, file: "cmdline" | "stat"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
