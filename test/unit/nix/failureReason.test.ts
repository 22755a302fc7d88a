import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { failureReason } from "../../../core/src/nix/failureReason.ts";

const store = "/nix/store/00000000000000000000000000000000";

/** What versions print, and what it comes to. */
const outputs: readonly (readonly [what: string, stderr: string, message: string, place?: string])[] = [
  [
    "2.8, with a trace that goes on",
    `error: attribute 'b' missing

       at ${store}-source/m.nix:3:2:

            2| let x = { a = 1; }; in
            3|  x.b.c
             |  ^
       Did you mean a?
(use '--show-trace' to show detailed location information)
`,
    "attribute 'b' missing\nDid you mean a?",
    `${store}-source/m.nix:3:2`,
  ],
  [
    "2.34, with a trace before it",
    `warning: Git tree '/flake' is dirty
error:
       … while calling the 'throw' builtin
         at ${store}-source/flake.nix:1:73:
            1| { outputs = _: throw "Failed assertions:\\n- a"; }
             |               ^

       … while calling anything

       error:
       Failed assertions:
       - a
`,
    "Failed assertions:\n- a",
  ],
  [
    "2.34, a build that something else needs",
    `building '${store}-inner.drv'...
inner> no compiler
error: Cannot build '${store}-inner.drv'.
       Reason: builder failed with exit code 1.
       Output paths:
         ${store}-inner
other> goes on
error: Cannot build '${store}-top.drv'.
       Reason: 1 dependency failed.
       Output paths:
         ${store}-top
`,
    `builder for '${store}-inner.drv' failed with exit code 1; its log ends with: no compiler`,
  ],
  [
    "2.8, several that something else needs",
    `a> no a
b> no b
error: builder for '${store}-a.drv' failed with exit code 1
error: builder for '${store}-b.drv' failed with exit code 2
error: 2 dependencies of derivation '${store}-top.drv' failed to build
`,
    `builder for '${store}-b.drv' failed with exit code 2; its log ends with: no b`,
  ],
  ["what is no error", "one\ntwo\nthree\nfour\n", "two\nthree\nfour"],
  ["nothing", "", "it printed nothing"],
];
for (const [what, stderr, message, place] of outputs)
  test(`why Nix failed: ${what}`, () => assert.deepEqual(failureReason(stderr), { message, place }));

test("a file of the flake that git does not know is told from one that is not there", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "nixos-vps-flake-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, "host"));
  writeFileSync(join(directory, "new.nix"), "{ }");
  const missing = (path: string): string =>
    `error: getting status of '${store}-source/${path}': No such file or directory`;
  assert.match(failureReason(missing("new.nix"), directory).message, /^getting status of/);
  mkdirSync(join(directory, ".git"));
  const hint = "is not known to git, and a flake sees only what git knows: git add it";
  assert.equal(failureReason(missing("new.nix"), directory).message, `new.nix ${hint}`);
  assert.equal(failureReason(missing("new.nix"), join(directory, "host")).message, `../new.nix ${hint}`);
  assert.equal(
    failureReason(`error: path '${store}-source/new.nix' does not exist`, directory).message,
    `new.nix ${hint}`,
  );
  assert.match(failureReason(missing("old.nix"), directory).message, /^getting status of/);
});
