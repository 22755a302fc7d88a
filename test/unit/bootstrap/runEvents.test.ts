import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent, RunEventBody, TargetState } from "../../../core/src/bootstrap/events.ts";
import { formatReport } from "../../../core/src/bootstrap/report.ts";
import { notesOf } from "../../../core/src/bootstrap/runNotes.ts";
import { runStateOf } from "../../../core/src/bootstrap/runState.ts";
import { targetStateOf } from "../../../core/src/bootstrap/targetState.ts";

const numbered = (bodies: readonly RunEventBody[]): RunEvent[] =>
  bodies.map((body, index) => ({ seq: index + 1, time: "2026-01-01T00:00:00.000Z", ...body }));
const begin: RunEventBody = { type: "run-started", version: 1, host: "web", target: "root@x", pid: 7 };
const started = (step: "connect" | "kexec" | "disko"): RunEventBody => ({ type: "step-started", step, title: step });
const noted = (notes: object): RunEventBody => ({ type: "noted", notes });
const finished = (step: "install" | "proof-after-boot"): RunEventBody => ({
  type: "step-finished",
  step,
  milliseconds: 1500,
  detail: "a | b",
});

const states: readonly (readonly [TargetState, readonly RunEventBody[]])[] = [
  ["old system running, nothing changed", [begin]],
  ["old system running, prepared", [begin, started("connect")]],
  ["not known", [begin, started("connect"), started("kexec")]],
  ["installer running, disk untouched", [begin, started("kexec"), noted({ installerBootId: "a" })]],
  ["not known", [begin, started("kexec"), noted({ installerBootId: "a" }), noted({ installerBootId: "" })]],
  ["not known", [begin, noted({ installerBootId: "a" }), noted({ installerBootId: "" }), started("connect")]],
  ["installer running, disk untouched", [begin, noted({ installerBootId: "a" }), started("disko")]],
  ["disk wiped, not installed", [begin, noted({ installerBootId: "a" }), noted({ diskoBootId: "a" })]],
  ["installed, not yet proven", [begin, noted({ diskoBootId: "a" }), finished("install")]],
  ["installed and proven", [begin, finished("install"), finished("proof-after-boot")]],
];
for (const [state, bodies] of states)
  test(`what a run leaves: ${state} (${bodies.length} events)`, () =>
    assert.equal(targetStateOf(numbered(bodies)), state));

test("later notes win", () => {
  const events = numbered([noted({ installerPort: 22, toplevel: "/a" }), noted({ toplevel: "/b" })]);
  assert.deepEqual(notesOf(events), { installerPort: 22, toplevel: "/b" });
});

test("a question is open until it is answered, and a run that goes on has no failure", () => {
  const question = { id: "wipe", kind: "confirm-wipe", text: "?", expects: "web" } as const;
  const asked = numbered([begin, started("disko"), { type: "question", question }]);
  assert.deepEqual(runStateOf(asked).question, question);
  assert.equal(
    runStateOf([...asked, ...numbered([{ type: "answered", question: "wipe", accepted: true }])]).question,
    undefined,
  );
  const failed = numbered([begin, { type: "step-failed", step: "disko", message: "no", resumeFrom: "disko" }]);
  assert.equal(runStateOf(failed).steps.find(({ id }) => id === "disko")?.status, "failed");
  assert.equal(runStateOf([...failed, ...numbered([begin])]).failure, undefined);
});

test("the report says how it ended, what to do, and what was measured", () => {
  const events = numbered([
    begin,
    finished("install"),
    { type: "checked", step: "proof-before-reboot", check: "login", passed: false, detail: "nobody" },
    { type: "sample", availableMiB: 80, totalMiB: 900, zramMiB: 1, storeMiB: 1 },
    { type: "sample", availableMiB: 60, totalMiB: 900, zramMiB: 1, storeMiB: 1 },
    {
      type: "step-failed",
      step: "disko",
      message: "It broke.",
      cause: "c",
      remedy: "r",
      evidence: "e",
      resumeFrom: "disko",
    },
    { type: "run-finished", outcome: "failed", state: "disk wiped, not installed" },
  ]);
  const report = formatReport("run-1", events);
  for (const part of [
    "# Bootstrap of web on root@x",
    "**Failed.** State of the target: disk wiped, not installed.",
    "What to do: r",
    "--resume run-1",
    "| Install NixOS | done | 1.5 s | a \\| b |",
    "| login | failed | nobody |",
    "Least memory available while it ran: 60 of 900 MiB.",
  ])
    assert.ok(report.includes(part), part);
});

test("the time until a run is taken up again is none of its own; lines of logs change nothing", () => {
  const at = (second: number, body: RunEventBody, seq: number): RunEvent => {
    return { seq, time: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(), ...body };
  };
  const line: RunEventBody = { type: "log", step: "disko", level: "info", line: "x" };
  const events = [
    at(0, begin, 1),
    at(10, { type: "step-started", step: "disko", title: "" }, 2),
    at(20, line, 3),
    at(3600, begin, 4),
    at(3605, { type: "step-started", step: "disko", title: "" }, 5),
    // The clock was set back.
    at(3604, { type: "answered", question: "wipe", accepted: true }, 6),
    at(3734, { type: "run-finished", outcome: "installed", state: "installed and proven" }, 7),
  ];
  assert.equal(runStateOf(events).workedMs, (10 + 5 + 130) * 1000);
  assert.deepEqual(runStateOf(events.filter(({ type }) => type !== "log")), runStateOf(events));
  assert.match(formatReport("run-1", events), /^Run `run-1`, started 2026-01-01T00:00:00\.000Z, took 2 min 25 s\.$/m);
});

test("what a target said is text in the report: no Markdown, no HTML, no end of its fence", () => {
  const said = "<img src=x> [a](b) | \u001b[31m*c*";
  const report = formatReport(
    "run-1",
    numbered([
      begin,
      { type: "checked", step: "proof-before-reboot", check: "login", passed: false, detail: said },
      {
        ...{ type: "step-failed", step: "disko", resumeFrom: "disko", message: said },
        evidence: "before\n````\n# not a heading",
      },
    ]),
  );
  assert.ok(report.includes("| login | failed | \\<img src=x\\> \\[a\\](b) \\| \\*c\\* |"), report);
  assert.ok(report.includes("\n`````\nbefore\n````\n# not a heading\n`````\n"), report);
  assert.ok(!report.includes("\u001b"));
});
