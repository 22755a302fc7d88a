import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { defaultChoices } from "../../../core/src/bootstrap/defaultChoices.ts";
import { type FromPanel, isFromPanel, isToPanel, type ToPanel } from "../../../core/src/bootstrap/panelMessages.ts";
import { planBootstrap } from "../../../core/src/bootstrap/plan.ts";
import { applyEvents, emptyView } from "../../../core/src/bootstrap/runView.ts";
import { unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";

const choices = { ...defaultChoices, accept: ["tools-missing"] };
const facts = { ...unknownFacts, memory: { totalKiB: 933_124, availableKiB: 813_864 }, zram: true };
const finding = { rule: "r", severity: "error", message: "m", file: "a.nix", line: 3 } as const;
const flake = { host: "web", disks: ["/dev/vda"], bootMode: "bios", closureBytes: 1, findings: [finding] } as const;
const plan = planBootstrap("root@x", facts, flake, { ...choices, initrdMiB: 336 });
const planned = { type: "planned", plan, seq: 1, time: "2026-01-01T00:00:00.000Z" };

const toPanel: readonly ToPanel[] = [
  { type: "plan", plan, choices },
  { type: "plan", plan, choices, extraFiles: "/keys", busy: "planning", problem: "no" },
  { type: "run", run: "r", view: applyEvents(emptyView, [planned]), process: "running", now: 1 },
  { type: "events", run: "r", events: [planned] },
  { type: "process", run: "r", process: "interrupted" },
  { type: "problem", text: "no" },
  { type: "nothing", text: "gone" },
];

const fromPanel: readonly FromPanel[] = [
  { type: "ready" },
  { type: "start", choices },
  { type: "replan", choices },
  { type: "chooseExtraFiles" },
  { type: "removeExtraFiles" },
  { type: "chooseBuildHost" },
  { type: "replan", choices: { ...choices, buildHost: "builder" } },
  { type: "planAgain" },
  { type: "cancel" },
  { type: "answer", question: "wipe" },
  { type: "resume", changes: {} },
  { type: "resume", changes: { patch: "always" } },
  { type: "resume", changes: { buildHost: null } },
  { type: "resume", changes: { buildHost: "builder" } },
  { type: "resumeOnBuildHost" },
  { type: "openFinding", file: "a.nix", line: 3 },
  { type: "openTroubleshooting", failure: "sigbus" },
  { type: "openLog" },
  { type: "openRunFolder" },
  { type: "saveReport" },
  { type: "copy", text: "x" },
];

const overTheWire = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

test("every message is known on the other side, and on that side alone", () => {
  assert.equal(applyEvents(emptyView, [planned]).state.plan, plan);
  for (const message of toPanel) assert.ok(isToPanel(overTheWire(message)) && !isFromPanel(message), message.type);
  for (const message of fromPanel) assert.ok(isFromPanel(overTheWire(message)) && !isToPanel(message), message.type);
});

test("a message that lacks a part, or has another in its place, is not known", () => {
  const optional = new Set(["extraFiles", "busy", "problem"]);
  for (const message of [...toPanel, ...fromPanel]) {
    for (const name of Object.keys(message).filter((each) => !optional.has(each))) {
      const { [name]: _, ...rest } = message as Readonly<Record<string, unknown>>;
      for (const broken of [rest, { ...rest, [name]: Symbol("other") }, { ...rest, [name]: null }])
        assert.ok(!isToPanel(broken) && !isFromPanel(broken), `${message.type} without ${name}`);
    }
  }
});

test("a build host is a text or none", () => {
  const { buildHost: _, ...without } = choices;
  assert.ok(!isFromPanel({ type: "start", choices: without }));
  assert.ok(!isFromPanel({ type: "start", choices: { ...choices, buildHost: ["builder"] } }));
  assert.ok(!isFromPanel({ type: "resume", changes: { buildHost: 7 } }));
});

test("anything at all can be asked about without an error", () => {
  const values = fc.oneof(fc.anything(), fc.record({ type: fc.oneof(fc.string(), fc.constant("__proto__")) }));
  fc.assert(
    fc.property(values, (value) => typeof isToPanel(value) === "boolean" && typeof isFromPanel(value) === "boolean"),
  );
});
