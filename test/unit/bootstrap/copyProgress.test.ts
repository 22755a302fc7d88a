import assert from "node:assert/strict";
import { test } from "node:test";
import { createCopyProgress } from "../../../core/src/bootstrap/copyProgress.ts";
import { messageOfRecord } from "../../../core/src/nix/structuredLog.ts";

const record = (value: object): string => `@nix ${JSON.stringify(value)}`;

test("Nix's structured log: paths, bytes, rate and time left", () => {
  let now = 0;
  const copy = createCopyProgress(
    new Map([
      ["x-a", 600],
      ["y-b", 400],
    ]),
    () => now,
  );
  assert.ok(copy.take(record({ action: "start", id: 1, type: 103, level: 0, text: "", parent: 0 })));
  assert.ok(copy.take(record({ action: "result", id: 1, type: 105, fields: [0, 2, 1, 0] })));
  const start = { action: "start", type: 100, level: 3, text: "copying path", parent: 1 };
  copy.take(record({ ...start, id: 2, fields: ["/nix/store/x-a", "local", "ssh://h"] }));
  copy.take(record({ action: "result", id: 2, type: 105, fields: [200, 600, 0, 0] }));
  now = 2000;
  assert.deepEqual(copy.state(), {
    paths: 0,
    totalPaths: 2,
    bytes: 200,
    totalBytes: 1000,
    bytesPerSecond: 100,
    secondsLeft: 8,
  });
  copy.take(record({ action: "stop", id: 2 }));
  // Nix 2.8 says of a path only that it begins and ends.
  copy.take(record({ ...start, id: 3, fields: ["/nix/store/y-b", "local", "ssh://h"] }));
  copy.take(record({ action: "stop", id: 3 }));
  const { paths, bytes, totalBytes, secondsLeft } = copy.state();
  assert.deepEqual([paths, bytes, totalBytes, secondsLeft], [2, 1000, 1000, 0]);
});

test("the plain lines of nix copy", () => {
  const copy = createCopyProgress(new Map([["x-a", 600]]), () => 0);
  assert.ok(copy.take("copying 3 paths..."));
  assert.ok(copy.take("copying path '/nix/store/x-a' to 'ssh://root@h'..."));
  assert.ok(!copy.take("warning: something else"));
  const { paths, totalPaths, bytes } = copy.state();
  assert.deepEqual([paths, totalPaths, bytes], [1, 3, 600]);
});

test("lines of no copy, torn lines and messages", () => {
  const copy = createCopyProgress();
  assert.ok(!copy.take(record({ action: "start", id: 9, type: 0, text: "querying info" })));
  assert.ok(!copy.take(record({ action: "stop", id: 77 })));
  assert.ok(!copy.take('@nix {"action":"sta'));
  assert.equal(
    messageOfRecord(record({ action: "msg", level: 0, msg: "\u001b[31;1merror:\u001b[0m no" })),
    "error: no",
  );
  assert.equal(messageOfRecord(record({ action: "stop", id: 1 })), undefined);
});
