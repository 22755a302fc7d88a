import type { ProcessResult } from "../../core/src/process/runProcess.ts";

/** What the `nixos-vps` command begins with when it says something on standard error. */
const name = "nixos-vps: ";

/** The last thing that the command complained of, as a sentence; of one that crashed, why. */
export function complaintOf({ stderr, signal }: Pick<ProcessResult, "stderr" | "signal">): string {
  const lines = stderr.trimEnd().split("\n");
  // Node ends with its version when an error was thrown that nobody caught (src/node_errors.cc, TriggerUncaughtException).
  if (signal !== undefined || /^Node\.js v\d/.test(lines.at(-1) ?? "")) {
    const reason = lines.findLast((line) => /^(?:FATAL ERROR|\w*Error\b)/.test(line));
    return sentence(`nixos-vps crashed${signal === undefined ? "" : ` (${signal})`}${reason ? `: ${reason}` : ""}`);
  }
  const start = lines.findLastIndex((line) => line.startsWith(name));
  if (start === -1) return lines.at(-1) || "nixos-vps said nothing.";
  const said = lines.slice(start);
  const stack = said.findIndex((line) => /^\s+at /.test(line));
  const text = said.slice(0, stack === -1 ? undefined : stack).join("\n");
  return sentence(`${text.charAt(name.length).toUpperCase()}${text.slice(name.length + 1)}`);
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
