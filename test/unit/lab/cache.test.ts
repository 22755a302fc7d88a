import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { cachedFolder, contentOf } from "../../lab/cache.ts";

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "nixos-vps-cache-"));
  process.env["NIXOS_VPS_LAB_CACHE"] = cache;
});
afterEach(() => rm(cache, { recursive: true }));

test("a folder is built once for each set of inputs", async () => {
  let builds = 0;
  const build = (folder: string) => writeFile(join(folder, "file"), `build ${++builds}`);
  const first = await cachedFolder("image", ["a"], build);
  assert.equal(await cachedFolder("image", ["a"], build), first);
  assert.equal(await readFile(join(first, "file"), "utf8"), "build 1");
  assert.notEqual(await cachedFolder("image", ["b"], build), first);
});

test("a build that fails leaves nothing", async () => {
  const failing = cachedFolder("image", [], async (folder) => {
    await writeFile(join(folder, "half"), "");
    throw new Error("no space");
  });
  await assert.rejects(failing, /no space/);
  assert.deepEqual(await readdir(cache), []);
});

test("of two builds at once one counts, for both", async () => {
  const build = (content: string) => (folder: string) => writeFile(join(folder, "file"), content);
  const [first, second] = await Promise.all(["x", "y"].map((content) => cachedFolder("image", [], build(content))));
  assert.equal(first, second);
  assert.equal((await readdir(cache)).length, 1);
});

test("versions that nobody asked for in a week, and old drafts, go when a new one is built", async () => {
  const build = async () => {};
  const old = await cachedFolder("image", ["old"], build);
  const other = await cachedFolder("kernel", ["old"], build);
  const recent = await cachedFolder("image", ["recent"], build);
  const longAgo = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
  const draft = join(cache, ".image-killed");
  await mkdir(draft);
  for (const folder of [old, other, draft]) await utimes(folder, longAgo, longAgo);
  const fresh = await cachedFolder("image", ["new"], build);
  assert.deepEqual((await readdir(cache)).map((name) => join(cache, name)).sort(), [recent, fresh, other].sort());
});

test("the content of a folder is that of all its files with their names", async () => {
  await mkdir(join(cache, "a/b"), { recursive: true });
  await writeFile(join(cache, "a/b/deep"), "1");
  await writeFile(join(cache, "a/top"), "2");
  assert.deepEqual(await contentOf(join(cache, "a"), join(cache, "a/top")), ["b/deep\n1", "top\n2", "2"]);
});
