import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { shellCommand, shellQuote } from "../../../core/src/bootstrap/shellQuote.ts";

const word = fc
  .array(fc.constantFrom("a", " ", "'", '"', "\\", "$", "`", "\n", "!", "*", "~", ";", "é", "-", "#", "$(id)"), {
    maxLength: 12,
  })
  .map((pieces) => pieces.join(""));

test("a shell reads back exactly the words that were quoted", () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const { stdout } = spawnSync("sh", ["-c", `printf '%s\\0' ${shellCommand(words)}`], { encoding: "utf8" });
      assert.deepEqual(stdout.split("\0").slice(0, -1), words);
    }),
    { numRuns: 150 },
  );
});

test("plain words stay as they are, the empty word is quoted, NUL is refused", () => {
  assert.equal(
    shellCommand(["nix", "copy", "--to", "ssh://root@host?compress=true"]),
    "nix copy --to 'ssh://root@host?compress=true'",
  );
  assert.equal(shellQuote(""), "''");
  assert.throws(() => shellQuote("a\0b"), /NUL/);
});
