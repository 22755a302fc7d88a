import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { analyseClosure, type ClosureAnalysis } from "../../../core/src/closure/analyseClosure.ts";
import type { Measurement } from "../../../core/src/closure/measurement.ts";
import { closuresDirectory, measurementStore } from "../../../core/src/closure/measuring/measurementStore.ts";
import { outlinedMeasurement } from "./closures.ts";

function emptyDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "nixos-vps-closures-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function system(name: string, bytes: number, more: Partial<Measurement> = {}): ClosureAnalysis {
  return analyseClosure(outlinedMeasurement({ [name]: [bytes] }, more));
}

test("the place follows the variables", () => {
  assert.equal(closuresDirectory({ NIXOS_VPS_STATE_DIR: "/state" }), "/state/closures");
  assert.equal(closuresDirectory({ XDG_STATE_HOME: "/home/me/.state" }), "/home/me/.state/nixos-vps/closures");
});

test("a measurement is read by the system's path, its totals stand in the host's history", (t) => {
  const store = measurementStore(join(emptyDirectory(t), "closures"));
  const first = system("first-1", 5, { revision: "abc" });
  const second = system("second-1", 7, { measuredAt: "2026-01-03T00:00:00.000Z" });
  store.save(first);
  store.save(second);
  assert.deepEqual(store.read(first.measurement.root), first.measurement);
  assert.deepEqual(
    store
      .history("/flake", "vps")
      .map(({ root, totalBytes, pathCount, revision }) => [root, totalBytes, pathCount, revision]),
    [
      [first.measurement.root, 5, 1, "abc"],
      [second.measurement.root, 7, 1, undefined],
    ],
  );
  assert.deepEqual(store.history("/flake", "other"), []);
  assert.deepEqual(store.history("/other", "vps"), []);
  assert.equal(store.read("/nix/store/none"), undefined);
  assert.equal(statSync(store.directory).mode & 0o077, 0, "only the owner can read it");
});

test("a system measured again right after itself stands once, with the later time", (t) => {
  const store = measurementStore(emptyDirectory(t));
  for (const [name, day] of [
    ["a", 1],
    ["b", 2],
    ["b", 3],
    ["a", 4],
  ] as const)
    store.save(system(name, 5, { measuredAt: `2026-01-0${day}T00:00:00.000Z` }));
  assert.deepEqual(
    store.history("/flake", "vps").map(({ measuredAt }) => measuredAt.slice(0, 10)),
    ["2026-01-01", "2026-01-03", "2026-01-04"],
  );
});

test("a store path without a host is not kept", (t) => {
  const directory = emptyDirectory(t);
  measurementStore(directory).save(system("a", 1, { host: "", flake: "" }));
  assert.deepEqual(readdirSync(directory), []);
});

test("torn lines and files that are no measurements cost themselves alone", (t) => {
  const directory = emptyDirectory(t);
  const store = measurementStore(directory);
  const first = system("a", 1);
  store.save(first);
  const [history = ""] = readdirSync(join(directory, "history"));
  appendFileSync(join(directory, "history", history), 'nonsense\n{"flake":"/flake","host":"vps","measu');
  store.save(system("b", 2));
  assert.deepEqual(
    store.history("/flake", "vps").map(({ totalBytes }) => totalBytes),
    [1, 2],
  );
  for (const text of ["", "{", "[]", '{"version":1}']) {
    for (const file of readdirSync(join(directory, "measurements")))
      writeFileSync(join(directory, "measurements", file), text);
    assert.equal(store.read(first.measurement.root), undefined);
  }
});

test("one system that is measured again and again takes one line", (t) => {
  const directory = emptyDirectory(t);
  const store = measurementStore(directory);
  for (let count = 0; count < 5; count++) store.save(system("a", 1));
  const [file = ""] = readdirSync(join(directory, "history"));
  assert.equal(readFileSync(join(directory, "history", file), "utf8").split("\n").length, 2);
});

test("a history does not grow for ever", (t) => {
  const store = measurementStore(emptyDirectory(t));
  for (let count = 0; count < 250; count++) store.save(system(`system-${count}`, count));
  const history = store.history("/flake", "vps");
  assert.ok(history.length <= 200);
  assert.equal(history.at(-1)?.totalBytes, 249);
});
