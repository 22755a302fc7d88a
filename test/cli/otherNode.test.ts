import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";

const command = join(import.meta.dirname, "../../out/cli.cjs");

/** Node programs on PATH that are not the one of the tests: hooks and CI call the command with the Node they have. */
function otherNodes(): { path: string; version: string }[] {
  const candidates = (process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, "node"));
  return [...new Set(candidates)]
    .filter((path) => existsSync(path))
    .map((path) => ({ path, version: spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.trim() }))
    .filter(({ version }) => version !== process.version && Number(/^v(\d+)/.exec(version)?.[1]) >= 20);
}

const others = otherNodes();
test("the command runs on other versions of Node", {
  skip: others.length === 0 && "there is no other Node on PATH",
}, () => {
  for (const { path, version } of others) {
    for (const argv of [["--help"], ["rules"], ["bootstrap", "--help"]]) {
      const { status, stderr } = spawnSync(path, [command, ...argv], { encoding: "utf8" });
      assert.equal(status, 0, `${version}: ${argv.join(" ")}: ${stderr}`);
    }
  }
});
