import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { RunEvent, RunEventBody } from "../../../core/src/bootstrap/events.ts";
import { parseJournal } from "../../../core/src/bootstrap/journal.ts";
import { mostKillings, mostPoints } from "../../../core/src/bootstrap/memorySeries.ts";
import { longestText, mostLines } from "../../../core/src/bootstrap/runLog.ts";
import { applyEvents, emptyView, type RunView } from "../../../core/src/bootstrap/runView.ts";
import { stepIds } from "../../../core/src/bootstrap/stepId.ts";

const text = fc.string({ unit: "binary", maxLength: 30 });
const step = fc.constantFrom(...stepIds);
const mib = fc.nat(4000);
const milliseconds = fc.nat(100_000);
const body: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ type: fc.constant("run-started"), version: fc.constant(1), host: text, target: text, pid: fc.nat() }),
  fc.record({ type: fc.constant("step-started"), step, title: text }),
  fc.record({ type: fc.constant("step-progress"), step, text, done: fc.nat(), total: fc.nat() }),
  fc.record({ type: fc.constant("step-finished"), step, milliseconds, detail: text }),
  fc.record({ type: fc.constant("step-skipped"), step, reason: text }),
  fc.record({ type: fc.constant("step-failed"), step, message: text, resumeFrom: step }),
  fc.record({ type: fc.constant("log"), step, level: fc.constantFrom("info", "warning", "error"), line: text }),
  fc.record({ type: fc.constant("sample"), availableMiB: mib, totalMiB: mib, zramMiB: mib, storeMiB: mib }),
  fc.record({
    type: fc.constant("kernel"),
    step,
    line: fc.constantFrom("Out of memory: Killed process 7 (nix)", "eth0: up"),
  }),
  fc.record({
    type: fc.constant("checked"),
    step,
    check: fc.constantFrom("a", "b"),
    passed: fc.boolean(),
    detail: text,
  }),
  fc.record({ type: fc.constant("answered"), question: text, accepted: fc.boolean() }),
  fc.constant({ type: "cancel-requested" }),
  fc.constant({ type: "run-finished", outcome: "failed", state: "not known" }),
  // Not known, or not as they should be.
  fc.record({ type: text, line: text }),
  fc.record({ type: fc.constantFrom("log", "sample", "planned", "question", "run-finished", "__proto__"), line: text }),
);

const journal = fc.array(body, { maxLength: 60 }).map(numbered);

function numbered(bodies: readonly unknown[]): RunEvent[] {
  return bodies.map((each, index) => ({
    ...(each as RunEventBody),
    seq: index + 1,
    time: new Date(1_700_000_000_000 + 2000 * index).toISOString(),
  }));
}

const viewOf = (events: readonly unknown[]): RunView => applyEvents(emptyView, events);

test("in whatever portions events come, and however often, they come to the same view", () => {
  fc.assert(
    fc.property(journal, fc.array(fc.nat(60)), fc.nat(10), (events, cuts, overlap) => {
      const ends = [...cuts.map((cut) => Math.min(cut, events.length)), events.length].sort((a, b) => a - b);
      let view = emptyView;
      let start = 0;
      for (const end of ends) {
        view = applyEvents(view, events.slice(Math.max(0, start - overlap), end));
        assert.deepEqual(view, viewOf(events.slice(0, end)));
        start = end;
      }
      assert.deepEqual(applyEvents(view, events), view, "nothing counts twice");
    }),
  );
});

test("a view is plain JSON: the panel that gets it goes on from there as if it had seen everything", () => {
  fc.assert(
    fc.property(journal, fc.nat(60), (events, cut) => {
      const sent = JSON.parse(JSON.stringify(viewOf(events.slice(0, cut)))) as RunView;
      const plain = (view: RunView): unknown => JSON.parse(JSON.stringify(view));
      assert.deepEqual(plain(applyEvents(sent, events.slice(cut))), plain(viewOf(events)));
    }),
  );
});

test("anything at all is taken without an error, and what has no number leaves nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), (values) => {
      const view = viewOf(values);
      assert.equal(view.log.lines.length, 0);
    }),
  );
});

test("what is not known or not as it should be changes nothing but the number", () => {
  const events = numbered([
    { type: "run-started", version: 1, host: "web", target: "root@x", pid: 7 },
    { type: "from-the-future", step: "disko" },
    { type: "log", step: "disko", level: "info" },
    { type: "step-started", step: "no-such-step", title: "x" },
    { type: "step-failed", step: "disko", message: 7, resumeFrom: "disko" },
  ]);
  assert.deepEqual({ ...viewOf(events), next: 0 }, { ...viewOf(events.slice(0, 1)), next: 0 });
  assert.equal(viewOf(events).next, 6);
});

test("events that never came are counted, and what follows them is shown", () => {
  const events = numbered(
    Array.from({ length: 9 }, (_, index) => ({ type: "log", step: "disko", level: "info", line: `${index}` })),
  );
  const view = viewOf([...events.slice(0, 2), ...events.slice(5)]);
  assert.deepEqual([view.missing, view.next], [3, 10]);
  assert.deepEqual(
    view.log.lines.map(({ text: line }) => line),
    ["0", "1", "5", "6", "7", "8"],
  );
});

test("however much is said, a bounded part of it is kept", () => {
  const line = "x".repeat(5000);
  const events = numbered([
    ...Array.from({ length: 3 * mostLines + 5 }, () => ({ type: "log", step: "disko", level: "info", line })),
    ...Array.from({ length: 7 * mostPoints }, () => ({
      type: "sample",
      availableMiB: 1,
      totalMiB: 2,
      zramMiB: 3,
      storeMiB: 4,
    })),
    ...Array.from({ length: 2 * mostKillings }, () => ({
      type: "kernel",
      step: "disko",
      line: "Out of memory: Killed process 1 (x)",
    })),
  ]);
  const { log, memory } = viewOf(events);
  assert.equal(log.lines.length, mostLines);
  assert.equal(log.dropped, 2 * mostLines + 5 + 2 * mostKillings);
  assert.ok(log.lines.every(({ text: kept }) => kept.length <= longestText + 1));
  assert.ok(memory.points.length <= mostPoints && memory.points.length > mostPoints / 2);
  assert.equal(memory.samplesPerPoint, 8);
  assert.equal(memory.killings.length, mostKillings);
});

test("a long series keeps the lowest and the highest there was", () => {
  const samples = fc.array(fc.record({ availableMiB: mib, totalMiB: mib, zramMiB: mib, storeMiB: mib }), {
    minLength: 1,
    maxLength: 3 * mostPoints,
    size: "max",
  });
  fc.assert(
    fc.property(samples, (given) => {
      const { points } = viewOf(numbered(given.map((sample) => ({ type: "sample", ...sample })))).memory;
      const least = (of: readonly { availableMiB: number }[]): number =>
        Math.min(...of.map((each) => each.availableMiB));
      const most = (of: readonly { zramMiB: number }[]): number => Math.max(...of.map((each) => each.zramMiB));
      assert.equal(least(points), least(given));
      assert.equal(most(points), most(given));
      assert.deepEqual(
        points.map(({ time }) => time),
        points.map(({ time }) => time).toSorted((a, b) => a - b),
      );
    }),
    { numRuns: 20 },
  );
});

test("a run that is taken up again keeps what it has done", () => {
  const begin = { type: "run-started", version: 1, host: "web", target: "root@x", pid: 7 };
  const { state } = viewOf(
    numbered([
      begin,
      { type: "step-started", step: "kexec", title: "" },
      { type: "step-finished", step: "kexec", milliseconds: 35_000, detail: "the installer answers" },
      { type: "step-started", step: "install", title: "" },
      { type: "step-failed", step: "install", message: "No.", resumeFrom: "install" },
      { type: "run-finished", outcome: "failed", state: "disk wiped, not installed" },
      begin,
      { type: "step-skipped", step: "kexec", reason: "the installer runs already" },
    ]),
  );
  const step = (id: string) => state.steps.find((each) => each.id === id);
  assert.deepEqual([step("kexec")?.status, step("kexec")?.milliseconds], ["done", 35_000]);
  assert.equal(step("install")?.status, "waiting");
  assert.deepEqual([state.failure, state.outcome, state.targetState], [undefined, undefined, undefined]);
});

test("a step that failed took the time until it failed", () => {
  const { state } = viewOf(
    numbered([
      { type: "step-started", step: "disko", title: "" },
      { type: "step-failed", step: "disko", message: "No.", resumeFrom: "disko" },
    ]),
  );
  assert.equal(state.steps.find(({ id }) => id === "disko")?.milliseconds, 2000);
});

test("checks of the same name before and after the reboot are two", () => {
  const check = { type: "checked", check: "sshd-config", detail: "" };
  const { state } = viewOf(
    numbered([
      { ...check, step: "proof-before-reboot", passed: false },
      { ...check, step: "proof-before-reboot", passed: true },
      { ...check, step: "proof-after-boot", passed: false },
    ]),
  );
  assert.deepEqual(
    state.checks.map(({ step, passed }) => [step, passed]),
    [
      ["proof-before-reboot", true],
      ["proof-after-boot", false],
    ],
  );
});

test("a journal that was recorded in the lab, of a copy that was cut off and a run that was taken up again", () => {
  const text = readFileSync("test/fixtures/journals/copyCutOffThenResumed.jsonl", "utf8");
  const { state, missing, memory } = viewOf(parseJournal(text));
  assert.deepEqual([state.outcome, state.targetState, missing], ["installed", "installed and proven", 0]);
  assert.deepEqual(
    state.steps.filter(({ status }) => status !== "done").map(({ id, status }) => [id, status]),
    [
      ["disko-patch", "skipped"],
      ["store-overlay", "skipped"],
    ],
  );
  assert.ok(state.steps.every(({ status, milliseconds }) => status !== "done" || milliseconds > 0));
  assert.equal(state.checks.length, 13);
  assert.ok(memory.points.length > 20 && memory.killings.length === 0);
});
