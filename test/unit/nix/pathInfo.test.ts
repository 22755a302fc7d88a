import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parsePathInfo } from "../../../core/src/nix/pathInfo.ts";
import { NixFailed } from "../../../core/src/nix/runNix.ts";

const store = "/nix/store";
const [app, glibc] = ["26v1bqgl3hg3fvqp5qqnrqjf6ng0p1sv-app-1.0", "8a9fnxkgz3bz9x2lkl3s2qlkh1jrmmfr-glibc-2.39"];

/** What each Nix prints of one closure; in some a third path has vanished. */
const recordings = join(import.meta.dirname, "../../fixtures/pathInfo");
for (const file of readdirSync(recordings).filter((name) => name.endsWith(".json"))) {
  test(`nix path-info --json of ${file.replace(".json", "")}`, () => {
    const infos = parsePathInfo(readFileSync(join(recordings, file), "utf8"));
    assert.deepEqual(
      infos.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
      [
        { path: `${store}/${app}`, narSize: 3000, references: [`${store}/${app}`, `${store}/${glibc}`] },
        { path: `${store}/${glibc}`, narSize: 29000, references: [`${store}/${glibc}`] },
      ],
    );
  });
}

test("what is no output of path-info is said to be none", () => {
  for (const output of ["", "[{", "null", "3", '"text"'])
    assert.throws(
      () => parsePathInfo(output),
      (error) => error instanceof NixFailed && /^nix path-info --json printed/.test(error.message),
    );
});
