import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { root } from "../../../scripts/root.mjs";

test("what analyses closures runs where there is no Node", async () => {
  const directory = join(root, "core/src/closure");
  const files = readdirSync(directory).filter((name) => name.endsWith(".ts"));
  assert.ok(files.includes("analyseClosure.ts"));
  const { metafile } = await build({
    entryPoints: files.map((name) => join(directory, name)),
    platform: "browser",
    bundle: true,
    write: false,
    outdir: "out",
    metafile: true,
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs).filter((name) => name.startsWith("core/src"));
  const others = inputs.filter((name) => !name.startsWith("core/src/closure/"));
  const expected = [
    "bootstrap/diskForecast.ts",
    "bootstrap/memoryForecast.ts",
    "bootstrap/targetFacts.ts",
    "markdown.ts",
  ];
  assert.deepEqual(
    others.sort(),
    expected.map((name) => `core/src/${name}`),
  );
});
