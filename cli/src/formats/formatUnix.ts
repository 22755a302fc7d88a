import { relative } from "node:path";
import type { Report } from "../check/report.ts";
import { printable } from "./printable.ts";

/** One line for each finding, `FILE:LINE:COLUMN: SEVERITY: MESSAGE [RULE]`, as compilers print and editors read. */
export function formatUnix({ findings }: Report, directory: string): string {
  return findings
    .map(({ path, line, column, severity, message, rule }) => {
      const short = relative(directory, path);
      const place = `${printable(short.startsWith("..") ? path : short)}:${line}:${column}`;
      return `${place}: ${severity}: ${printable(message.replaceAll("\n", " "))} [${rule}]\n`;
    })
    .join("");
}
