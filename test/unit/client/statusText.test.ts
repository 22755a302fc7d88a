import assert from "node:assert/strict";
import { test } from "node:test";
import { statusText } from "../../../client/src/statusText.ts";

test("a ready server says how many hosts and findings there are", () => {
  assert.deepEqual(statusText({ state: "ready", hosts: 2, findings: 14 }), {
    text: "NixOS VPS: ready",
    detail: "2 hosts, 14 findings",
    severity: "information",
    busy: false,
  });
});

test("none and one are words that fit", () => {
  assert.equal(statusText({ state: "ready", hosts: 1, findings: 0 }).detail, "1 host, no findings");
});

test("a starting server is busy", () => {
  assert.equal(statusText({ state: "starting", hosts: 0, findings: 0 }).busy, true);
});

test("an error says what went wrong", () => {
  const shown = statusText({ state: "error", hosts: 0, findings: 0, message: "The log says why." });
  assert.deepEqual([shown.severity, shown.detail], ["error", "The log says why."]);
});
