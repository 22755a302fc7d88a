import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formatUnix } from "../../cli/src/formats/formatUnix.ts";
import { reportedFinding, reportOf } from "./reports.ts";

const [matcher] = JSON.parse(readFileSync("package.json", "utf8")).contributes.problemMatchers;

test("one line a finding, with paths below the directory relative to it", () => {
  const report = reportOf(
    reportedFinding({ message: "One.\nTwo." }),
    reportedFinding({ path: "/other/a.nix", severity: "hint" }),
  );
  const [first, second] = formatUnix(report, "/flake").split("\n");
  assert.equal(first, "modules/persist.nix:4:5: error: One. Two. [persist-dir-shadows-etc]");
  assert.match(second ?? "", /^\/other\/a\.nix:4:5: hint: /);
});

test("the problem matcher of the tasks reads those lines, whatever the message holds", () => {
  const line = formatUnix(reportOf(reportedFinding({ message: "a: b [c]: d:1:2: error: e" })), "/flake").trimEnd();
  const { regexp, file, line: row, column, severity, message, code } = matcher.pattern;
  const found = new RegExp(regexp).exec(line) ?? [];
  assert.deepEqual(
    [file, row, column, severity, message, code].map((index) => found[index]),
    ["modules/persist.nix", "4", "5", "error", "a: b [c]: d:1:2: error: e", "persist-dir-shadows-etc"],
  );
});
