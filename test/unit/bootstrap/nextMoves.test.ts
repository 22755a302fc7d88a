import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultChoices } from "../../../core/src/bootstrap/defaultChoices.ts";
import type { RunEventBody } from "../../../core/src/bootstrap/events.ts";
import { failures } from "../../../core/src/bootstrap/failures.ts";
import { findingsBehind, nextMoves } from "../../../core/src/bootstrap/nextMoves.ts";
import { planBootstrap } from "../../../core/src/bootstrap/plan.ts";
import { type RunState, runStateOf } from "../../../core/src/bootstrap/runState.ts";
import type { StepId } from "../../../core/src/bootstrap/stepId.ts";
import { unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { rules } from "../../../core/src/rules/registry.ts";

const choices = { ...defaultChoices, initrdMiB: 336 };
const found = (rule: string, line: number) => ({ rule, severity: "error", message: "m", file: "a.nix", line }) as const;
const flake = {
  host: "web",
  disks: "unknown",
  bootMode: "unknown",
  closureBytes: "unknown",
  findings: [found("persist-dir-shadows-etc", 3), found("grub-device", 7)],
} as const;
const planned = (memoryMiB: number): Extract<RunEventBody, { type: "planned" }> => ({
  type: "planned",
  plan: planBootstrap(
    "root@x",
    { ...unknownFacts, memory: { totalKiB: memoryMiB * 1024, availableKiB: memoryMiB * 1024 } },
    flake,
    choices,
  ),
});
const failed = (step: StepId, failure?: string): RunEventBody => ({
  type: "step-failed",
  step,
  message: "No.",
  resumeFrom: step,
  ...(failure === undefined ? {} : { failure }),
});
const check = (step: StepId, name: string, passed: boolean): RunEventBody => ({
  type: "checked",
  step,
  check: name,
  passed,
  detail: "",
});

function stateOf(...bodies: readonly RunEventBody[]): RunState {
  return runStateOf(bodies.map((body, index) => ({ seq: index + 1, time: "2026-01-01T00:00:00.000Z", ...body })));
}

const changesOf = (state: RunState): unknown[] => nextMoves(state).map(({ changes }) => changes);

test("a run that was cancelled or left goes on as it was; one that is done does not", () => {
  assert.deepEqual(changesOf(stateOf()), [{}]);
  assert.deepEqual(changesOf(stateOf({ type: "run-finished", outcome: "cancelled", state: "not known" })), [{}]);
  assert.deepEqual(
    nextMoves(stateOf({ type: "run-finished", outcome: "installed", state: "installed and proven" })),
    [],
  );
});

test("a failure that another choice prevents offers that choice", () => {
  assert.deepEqual(changesOf(stateOf(failed("kexec", "kexec-out-of-memory"))), [{}, { swapFile: "always" }]);
  assert.deepEqual(changesOf(stateOf(failed("disko", "partition-link-missing"))), [{}, { patch: "always" }]);
  assert.deepEqual(changesOf(stateOf(failed("install", "no-space"))), [{}, { overlay: "always" }]);
  assert.deepEqual(changesOf(stateOf(failed("disko", "tool-missing-in-installer"))), [{}, { diskoDependencies: true }]);
  assert.deepEqual(changesOf(stateOf(failed("install", "copy-broken"))), [{}]);
  assert.deepEqual(changesOf(stateOf(failed("install", "constructor"))), [{}]);
});

test("what does not build somewhere can be built elsewhere; which machine that is has to be asked", () => {
  const movesOf = (...bodies: readonly RunEventBody[]): unknown[] =>
    nextMoves(stateOf(...bodies)).map(({ changes, asks }) => asks ?? changes);
  assert.deepEqual(movesOf(failed("build", "local-build")), [{}, "buildHost"]);
  for (const failure of ["build-host-unreachable", "build-host-without-nix"])
    assert.deepEqual(movesOf(failed("build", failure)), [{}, { buildHost: null }, "buildHost"]);
  // Another machine's builds are unsigned too.
  assert.deepEqual(movesOf(failed("build", "unsigned-paths")), [{}, { buildHost: null }]);
  const { plan } = planned(2000);
  const found = { id: "build-host-unreachable", severity: "error", message: "m", remedy: "r" } as const;
  const blocked = { type: "planned", plan: { ...plan, preflight: [found] } } as const;
  const accept = { accept: ["build-host-unreachable"] };
  assert.deepEqual(movesOf(blocked, failed("inspect")), [{}, { buildHost: null }, "buildHost", accept]);
});

test("a check that failed can be passed over, those of another step cannot", () => {
  const before = check("proof-before-reboot", "etc-shadowed", false);
  assert.deepEqual(changesOf(stateOf(before, failed("proof-before-reboot"))), [{}, { accept: ["etc-shadowed"] }]);
  const after = [before, check("proof-after-boot", "units", false), check("proof-after-boot", "swap", true)];
  assert.deepEqual(changesOf(stateOf(...after, failed("proof-after-boot"))), [{}, { accept: ["units"] }]);
});

test("what stands against a plan can be accepted, unless the memory does not suffice", () => {
  const accept = ["persist-dir-shadows-etc", "grub-device"];
  assert.deepEqual(changesOf(stateOf(planned(2000), failed("inspect"))), [{}, { accept }]);
  assert.deepEqual(changesOf(stateOf(planned(500), failed("inspect"))), [{}]);
});

test("the finding behind a failure is the one of a rule that looks for it", () => {
  const ids = (...bodies: readonly RunEventBody[]): string[] => findingsBehind(stateOf(...bodies)).map(({ id }) => id);
  const plan = planned(2000);
  assert.deepEqual(ids(plan, failed("inspect")), ["persist-dir-shadows-etc", "grub-device"]);
  assert.deepEqual(ids(plan, failed("install", "boot-loader")), ["grub-device"]);
  const hidden = check("proof-before-reboot", "etc-shadowed", false);
  assert.deepEqual(ids(plan, hidden, failed("proof-before-reboot")), ["persist-dir-shadows-etc"]);
  assert.deepEqual(ids(plan, failed("install", "copy-broken")), []);
  assert.deepEqual(ids(plan), []);
});

test("every rule and every failure that is named is there", async () => {
  const source = await import("node:fs").then(({ readFileSync }) =>
    readFileSync("core/src/bootstrap/nextMoves.ts", "utf8"),
  );
  const table = source.slice(source.indexOf("const retries"), source.indexOf("/** What can be done"));
  const ids = new Set([...rules.map(({ id }) => id), ...failures.map(({ id }) => id), "etc-shadowed", "console-login"]);
  for (const [, id = ""] of table.matchAll(/"([a-z]+(?:-[a-z]+)+)"/g)) assert.ok(ids.has(id), id);
});
