import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { formatText } from "../../cli/src/formats/formatText.ts";
import { reportedFinding, reportOf } from "./reports.ts";

const plain = { colours: false, directory: "/flake" };

test("text groups findings by file and shows place, severity, message, rule, code, hosts and fix", () => {
  const related = {
    path: "/flake/modules/tls.nix",
    line: 2,
    column: 3,
    endLine: 2,
    endColumn: 9,
    message: "generated here",
  };
  const fix = { title: 'Remove "/etc/ssh"', edits: [] };
  const report = reportOf(
    reportedFinding({ related: [related], fix }),
    reportedFinding({ line: 9, endLine: 9, severity: "hint", hosts: [], message: "Maybe." }),
    reportedFinding({ path: "/flake/flake.nix", severity: "warning", message: "Other." }),
  );
  assert.equal(
    formatText(report, plain),
    `modules/persist.nix
  4:5  error  sshd will not start: /etc/ssh is mounted over sshd_config.  persist-dir-shadows-etc
      4 |     "/etc/ssh"
        |     ^^^^^^^^^^
      modules/tls.nix:2:3  generated here
      hosts: vps
      fix: Remove "/etc/ssh" (--fix)

  9:5  hint  Maybe.  persist-dir-shadows-etc
      9 |     "/etc/ssh"
        |     ^^^^^^^^^^

flake.nix
  4:5  warning  Other.  persist-dir-shadows-etc
      4 |     "/etc/ssh"
        |     ^^^^^^^^^^
      hosts: vps

3 findings (1 error, 1 warning, 1 hint) in 12 files; 1 fixable with --fix.
`,
  );
});

test("text of a clean report is one line", () => {
  assert.equal(formatText(reportOf(), plain), "No findings in 12 files.\n");
});

test("text colours only when asked to, and then says the same", () => {
  const report = reportOf(reportedFinding());
  const coloured = formatText(report, { ...plain, colours: true });
  assert.ok(coloured.includes("\x1b[31merror\x1b[39m"), coloured);
  assert.equal(stripVTControlCharacters(coloured), formatText(report, plain));
});

test("files outside the working directory are shown with their whole path", () => {
  const text = formatText(reportOf(reportedFinding()), { ...plain, directory: "/flake/hosts" });
  assert.match(text, /^\/flake\/modules\/persist\.nix$/m);
});

test("the marker stands below tabs and ends with a line whose finding goes on", () => {
  const text = formatText(reportOf(reportedFinding({ lines: ["\t\ta = {  ", "}"], column: 3, endLine: 5 })), plain);
  assert.match(text, /^ {6}4 \| \t\ta = \{ {2}\n {8}\| \t\t\^{5}$/m);
});

test("of a very long line only the part around the finding is shown", () => {
  const line = `${"x".repeat(5000)}"/etc/ssh"${"y".repeat(5000)}`;
  const text = formatText(reportOf(reportedFinding({ lines: [line], column: 5001, endColumn: 5011 })), plain);
  assert.match(text, /^ {6}4 \| x{40}"\/etc\/ssh"y{110}\n {8}\| {41}\^{10}$/m);
});

test("control characters of a file do not reach the terminal", () => {
  const text = formatText(
    reportOf(reportedFinding({ lines: ['\x1b]0;x\x07"/etc/ssh"'], message: "a\x1b[2Jb" })),
    plain,
  );
  assert.ok(!text.includes("\x1b") && !text.includes("\x07"), text);
});
