import assert from "node:assert/strict";
import { test } from "node:test";
import { formatGithub } from "../../cli/src/formats/formatGithub.ts";
import { reportedFinding, reportOf } from "./reports.ts";

test("github prints a workflow command for each finding, relative to the checkout", () => {
  const report = reportOf(
    reportedFinding(),
    reportedFinding({ severity: "warning", hosts: [] }),
    reportedFinding({ severity: "info", hosts: [] }),
    reportedFinding({ severity: "hint", hosts: ["a", "b"] }),
  );
  const place = "file=flake/modules/persist.nix,line=4,col=5,endColumn=15,endLine=4,title=persist-dir-shadows-etc";
  const message = "sshd will not start: /etc/ssh is mounted over sshd_config.";
  assert.equal(
    formatGithub(report, "/"),
    [`error ${place}::${message} (vps)`, `warning ${place}::${message}`, `notice ${place}::${message}`]
      .concat(`notice ${place}::${message} (a, b)`)
      .map((line) => `::${line}\n`)
      .join(""),
  );
});

test("github escapes what would end a property, a message or the line", () => {
  const path = "/flake/50%,a:b.nix";
  const text = formatGithub(reportOf(reportedFinding({ path, message: "100%: a, b\r\nc", hosts: [] })), "/flake");
  assert.match(text, /^::error file=50%25%2Ca%3Ab\.nix,/);
  assert.ok(text.endsWith("::100%25: a, b%0D%0Ac\n"), text);
});

test("github gets no columns for a range of several lines, for which it would drop the place", () => {
  const text = formatGithub(reportOf(reportedFinding({ endLine: 6 })), "/flake");
  assert.match(text, /^::error file=modules\/persist\.nix,line=4,endLine=6,title=/);
});
