import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createRunDirectory } from "../../../core/src/bootstrap/runDirectory.ts";
import { lockTarget } from "../../../core/src/bootstrap/runLock.ts";
import { watchRuns } from "../../../core/src/bootstrap/watchRuns.ts";

test("runs are noticed when they are made, begun, taken up again and ended", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "nixos-vps-watch-"));
  const root = join(directory, "state", "runs");
  const changes = new EventTarget();
  const errors: string[] = [];
  const watched = watchRuns(root, {
    onChange: () => changes.dispatchEvent(new Event("change")),
    onError: (message) => errors.push(message),
  });
  t.after(() => {
    watched.stop();
    rmSync(directory, { recursive: true });
  });
  const noticed = async <Result>(work: () => Result): Promise<Result> => {
    const change = once(changes, "change");
    const result = work();
    await change;
    return result;
  };
  const { id, path } = await noticed(() => createRunDirectory(root, "web", new Date()));
  const unlock = await noticed(() => lockTarget(root, "203.0.113.5:22", id));
  await noticed(unlock);
  const unlockAgain = await noticed(() => lockTarget(root, "203.0.113.5:22", id));
  unlockAgain();
  await noticed(() => rmSync(path, { recursive: true }));
  assert.deepEqual(errors, []);
});

test("where runs cannot be kept it is said once", () => {
  const directory = mkdtempSync(join(tmpdir(), "nixos-vps-watch-"));
  writeFileSync(join(directory, "file"), "");
  const errors: string[] = [];
  const watched = watchRuns(join(directory, "file", "runs"), {
    onChange: () => undefined,
    onError: (message) => errors.push(message),
  });
  watched.stop();
  rmSync(directory, { recursive: true });
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? "", /ENOTDIR/);
});
