import type { Severity } from "../../../core/src/rules/finding.ts";
import { exitCodes } from "../exitCodes.ts";

/** Errors always fail a check, warnings when there are more than allowed, infos and hints never. */
export function exitCode(findings: readonly { readonly severity: Severity }[], maxWarnings: number): number {
  const number = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  return number("error") > 0 || number("warning") > maxWarnings ? exitCodes.findings : exitCodes.clean;
}
