import assert from "node:assert/strict";
import { test } from "node:test";
import { createRestartPolicy } from "../../../client/src/restartPolicy.ts";

test("a server that crashes is started again four times within three minutes, then given up", () => {
  let time = 0;
  const decide = createRestartPolicy(() => time);
  const decisions = [0, 1, 2, 3, 4].map((second) => {
    time = second * 1000;
    return decide();
  });
  assert.deepEqual(decisions, ["restart", "restart", "restart", "restart", "giveUp"]);
});

test("crashes older than three minutes are forgotten", () => {
  let time = 0;
  const decide = createRestartPolicy(() => time);
  const decisions = [0, 1, 2, 3, 4, 5, 6, 7].map((minute) => {
    time = minute * 60_000;
    return decide();
  });
  assert.deepEqual(new Set(decisions), new Set(["restart"]));
});
