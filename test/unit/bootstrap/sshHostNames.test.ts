import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sshHostNames } from "../../../core/src/bootstrap/sshHostNames.ts";

test("names of Host lines are listed in their order, with those of included files, without patterns", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "nv-ssh-config-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const config = join(directory, "config");
  mkdirSync(join(directory, "more"));
  const lines = [
    "# Host commented",
    "Host web www",
    "  HostName 203.0.113.5",
    `Include "${directory}/more/*.conf"`,
    "host=equals !not *.example.org",
    'HOST "in quotes" web',
    "Hostname no-name",
    "Match host matched",
    `Include ${directory}/nowhere`,
  ];
  writeFileSync(config, lines.join("\n"));
  writeFileSync(join(directory, "more/a.conf"), `Host included\nInclude ${config}\n`);
  assert.deepEqual(await sshHostNames(config), ["web", "www", "included", "equals", "in quotes"]);
});

test("a configuration that is not there has no names", async () => {
  assert.deepEqual(await sshHostNames("/nonexistent/config"), []);
});
