import type { Report, ReportedFinding } from "../../cli/src/check/report.ts";

/** A finding at /flake/modules/persist.nix:4:5 to put into a report; what a test is about is given. */
export function reportedFinding(different: Partial<ReportedFinding> = {}): ReportedFinding {
  return {
    rule: "persist-dir-shadows-etc",
    severity: "error",
    path: "/flake/modules/persist.nix",
    file: "modules/persist.nix",
    line: 4,
    column: 5,
    endLine: 4,
    endColumn: 15,
    message: "sshd will not start: /etc/ssh is mounted over sshd_config.",
    hosts: ["vps"],
    lines: ['    "/etc/ssh"'],
    occurrence: 0,
    related: [],
    fix: undefined,
    ...different,
  };
}

export function reportOf(...findings: readonly ReportedFinding[]): Report {
  return { root: "/flake", files: 12, durationMs: 34, findings, ruleFailures: [] };
}
