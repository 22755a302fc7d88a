import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  type ExplorerAsks,
  type ExplorerShows,
  parseExplorerAsks,
  parseExplorerShows,
} from "../../../core/src/closure/explorerMessages.ts";
import { outlinedMeasurement } from "./closures.ts";

const measurement = outlinedMeasurement({ system: [1, "a"], a: [2] });

suite("messages to the explorer", () => {
  const messages: readonly ExplorerShows[] = [
    { kind: "closure", measurement, notices: [], choices: [] },
    {
      kind: "closure",
      measurement,
      notices: [{ severity: "warning", text: "over" }],
      choices: [{ id: "host:mothra", label: "mothra" }],
      baseline: { label: "yesterday", measurement },
    },
    { kind: "unmeasured", host: "vps" },
    { kind: "activity", text: "measuring" },
  ];
  for (const message of messages)
    test(`${message.kind} passes as it is`, () => assert.deepEqual(parseExplorerShows(message), message));

  const others: readonly unknown[] = [
    undefined,
    null,
    [],
    {},
    { kind: "other" },
    { kind: "activity" },
    { kind: "closure", measurement: { ...measurement, root: "/nix/store/elsewhere" }, notices: [], choices: [] },
    { kind: "closure", measurement, notices: [{ severity: "error", text: "" }], choices: [] },
    { kind: "closure", measurement, notices: [], choices: [{ id: 1, label: "" }] },
    { kind: "closure", measurement, notices: [], choices: [], baseline: { measurement } },
  ];
  for (const [index, message] of others.entries())
    test(`no message: ${index}`, () => assert.equal(parseExplorerShows(message), undefined));
});

suite("messages from the explorer", () => {
  const messages: readonly ExplorerAsks[] = [
    { kind: "ready" },
    { kind: "measure" },
    { kind: "saveReport" },
    { kind: "open", file: "modules/hey.nix", line: 21 },
    { kind: "open", file: "modules/hey.nix" },
    { kind: "compare", with: "" },
    { kind: "copy", text: "# closure" },
  ];
  for (const message of messages)
    test(`${JSON.stringify(message)} passes as it is`, () => assert.deepEqual(parseExplorerAsks(message), message));

  const others: readonly unknown[] = [
    "ready",
    { kind: "run" },
    { kind: "open" },
    { kind: "open", file: "a.nix", line: 0 },
    { kind: "open", file: "a.nix", line: "1" },
    { kind: "compare" },
    { kind: "copy", text: 1 },
  ];
  for (const message of others)
    test(`no message: ${JSON.stringify(message)}`, () => assert.equal(parseExplorerAsks(message), undefined));

  test("nothing but what is known is taken over", () => {
    assert.deepEqual(parseExplorerAsks({ kind: "measure", command: "rm" }), { kind: "measure" });
  });
});
