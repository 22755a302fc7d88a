import assert from "node:assert/strict";
import { test } from "node:test";
import { formatJson } from "../../cli/src/formats/formatJson.ts";
import { reportedFinding, reportOf } from "./reports.ts";

test("json has the documented fields and no others", () => {
  const report = reportOf(reportedFinding({ fix: { title: "Remove", edits: [] } }), reportedFinding({ hosts: [] }));
  const finding = {
    rule: "persist-dir-shadows-etc",
    severity: "error",
    file: "modules/persist.nix",
    line: 4,
    column: 5,
    endLine: 4,
    endColumn: 15,
    message: "sshd will not start: /etc/ssh is mounted over sshd_config.",
    hosts: ["vps"],
    fixable: true,
  };
  assert.deepEqual(JSON.parse(formatJson(report)), {
    version: 1,
    root: "/flake",
    files: 12,
    durationMs: 34,
    findings: [finding, { ...finding, hosts: [], fixable: false }],
  });
});
