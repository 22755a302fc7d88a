import assert from "node:assert/strict";
import { test } from "node:test";
import { suppressFileEdit, suppressLineEdit } from "../../../core/src/rules/suppressionEdits.ts";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";

test("a comment that names no known rule is reported", async () => {
  await expectFindings(
    "unknown-suppression",
    `{
  # nixos-vps: ignore no-such-rule: because
  #                   ^^^^^^^^^^^^ unknown-suppression
  a = 1; # nixos-vps: ignore
  #      ^^^^^^^^^^^^^^^^^^^ unknown-suppression
}`,
  );
});

test("a comment that is written in another way is reported", async () => {
  await expectFindings(
    "unknown-suppression",
    `{
  a = 1; /* nixos-vps: ignore machine-id */
  #      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unknown-suppression
  # nixos-vps is fine
}`,
  );
  const { findings } = await checkSources("{\n  # nixos-vps: disable machine-id\n  a = 1;\n}");
  assert.deepEqual(
    findings.map((finding) => finding.rule),
    ["unknown-suppression"],
  );
});

test("a comment that silences nothing is reported, and its fix removes it", async () => {
  const sources = `{
  # nixos-vps: ignore unknown-suppression, unused-suppression: reason
  #                   ^^^^^^^^^^^^^^^^^^^ unused-suppression
  #                                        ^^^^^^^^^^^^^^^^^^ unused-suppression
  a = 1;
}`;
  await expectFindings("unused-suppression", sources);
  const once = await applyFix(
    "unused-suppression",
    `{\n  # nixos-vps: ignore unused-suppression\n  a = 1; # nixos-vps: ignore unknown-suppression\n}`,
  );
  assert.equal(once["module.nix"], "{\n  a = 1; # nixos-vps: ignore unknown-suppression\n}\n");
  const left = await findingsOf("unused-suppression", once);
  assert.equal(left.length, 1);
});

test("both are silent when they are switched off", async () => {
  const { findings } = await checkSources(`{\n  # nixos-vps: ignore no-such-rule, unused-suppression\n  a = 1;\n}`, {
    rules: { "unknown-suppression": "off", "unused-suppression": "off" },
  });
  assert.deepEqual(findings, []);
});

test("silencing a line adds a comment above it, or the rule to the comment that is there", () => {
  const text = "{\n    a = 1;\n}\n";
  const edit = suppressLineEdit(text, "/m.nix", text.indexOf("a"), "some-rule");
  assert.deepEqual(edit, { file: "/m.nix", start: 2, end: 2, newText: "    # nixos-vps: ignore some-rule\n" });
  const silenced = text.slice(0, edit.start) + edit.newText + text.slice(edit.end);
  const second = suppressLineEdit(silenced, "/m.nix", silenced.indexOf("a = 1"), "other-rule");
  assert.equal(
    silenced.slice(0, second.start) + second.newText + silenced.slice(second.end),
    "{\n    # nixos-vps: ignore some-rule, other-rule\n    a = 1;\n}\n",
  );
});

test("silencing a file adds a comment at the top, or the rule to the comment that is there", () => {
  const edit = suppressFileEdit("{ }\r\n", "/m.nix", "some-rule");
  assert.equal(edit.newText, "# nixos-vps: ignore-file some-rule\r\n");
  const second = suppressFileEdit("# nixos-vps: ignore-file some-rule: why\n{ }\n", "/m.nix", "other-rule");
  assert.equal(second.newText, ", other-rule");
  assert.equal(second.start, "# nixos-vps: ignore-file some-rule".length);
});
