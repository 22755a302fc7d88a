import assert from "node:assert/strict";
import { test } from "node:test";
import { canResume, hasReport } from "../../../client/src/bootstrap/canResume.ts";
import { describeRun } from "../../../client/src/bootstrap/describeRun.ts";
import { endMessage } from "../../../client/src/bootstrap/endMessage.ts";
import { progressText } from "../../../client/src/bootstrap/progressText.ts";
import { commandEnvironment } from "../../../client/src/commandEnvironment.ts";
import { runSteps } from "../../../client/src/input/runSteps.ts";
import { readTask, taskArguments, taskName, taskProblem } from "../../../client/src/nixosVpsTask.ts";
import type { RunEvent, RunEventBody } from "../../../core/src/bootstrap/events.ts";
import { runStateOf } from "../../../core/src/bootstrap/runState.ts";
import type { RunSummary } from "../../../core/src/bootstrap/runSummary.ts";
import { stepIds } from "../../../core/src/bootstrap/stepId.ts";

const started: RunEventBody = { type: "run-started", version: 1, host: "web", target: "root@vps", pid: 1 };
const stateOf = (...bodies: readonly RunEventBody[]) =>
  runStateOf(
    [started, ...bodies].map((body, index): RunEvent => {
      const time = body.type === "run-finished" ? "2026-01-01T00:02:10Z" : "2026-01-01T00:00:00Z";
      return { seq: index + 1, time, ...body };
    }),
  );
const install: RunEventBody = { type: "step-started", step: "install", title: "" };

test("progress says which step of how many, and the hundredth", () => {
  assert.equal(progressText(stateOf()), "1 of 14: Look at the target");
  const place = /^\d+ of \d+: Install NixOS$/;
  assert.match(progressText(stateOf(install)), place);
  const skipped: RunEventBody = { type: "step-skipped", step: "inspect", reason: "" };
  assert.equal(progressText(stateOf(skipped)), "2 of 14: Log in with a key made for this run");
  const allSkipped = stepIds.map((step): RunEventBody => ({ type: "step-skipped", step, reason: "" }));
  assert.equal(progressText(stateOf(...allSkipped)), "ending");
  const half = { type: "step-progress", step: "install", text: "", done: 505, total: 1000 } as const;
  assert.match(progressText(stateOf(install, half)), /: Install NixOS, 50 %$/);
  const question = { id: "wipe", kind: "confirm-wipe", text: "", expects: "web" } as const;
  assert.match(progressText(stateOf(install, { type: "question", question })), /waits for your answer$/);
});

const finished = (outcome: "installed" | "failed" | "cancelled" | "proof-failed"): RunEventBody => ({
  type: "run-finished",
  outcome,
  state: "installer running, disk untouched",
});

test("the end is said once, with what went wrong and what the target is left in", () => {
  assert.deepEqual(endMessage(stateOf(finished("installed")), "ended"), {
    severity: "info",
    text: "NixOS runs on root@vps after 2 min 10 s: web is installed, and every check passed.",
    buttons: ["Show", "Save Report"],
  });
  const failure: RunEventBody = {
    type: "step-failed",
    step: "install",
    message: "It broke. (--accept some-id)\nmore",
    resumeFrom: "install",
  };
  assert.equal(
    endMessage(stateOf(failure, finished("failed")), "ended").text,
    "The bootstrap of web on root@vps failed after 2 min 10 s: It broke. The target: installer running, disk untouched.",
  );
  const interrupted = endMessage(stateOf(install), "interrupted");
  assert.deepEqual([interrupted.severity, interrupted.buttons], ["warning", ["Show", "Resume"]]);
  assert.equal(endMessage(stateOf(finished("proof-failed")), "ended").severity, "warning");
});

test("a run in a list says where it stands and when it began", () => {
  const run: RunSummary = {
    id: "1",
    path: "/r",
    host: "web",
    target: "root@vps",
    flake: "/f",
    startedAt: "2026-01-01T00:00:00Z",
    status: "failed",
    step: "install",
    isAsking: false,
    targetState: undefined,
  };
  assert.deepEqual(describeRun(run, Date.parse("2026-01-01T03:00:00Z")), {
    label: "web",
    description: "failed, 3 hours ago",
    detail: "root@vps - Install NixOS",
  });
  assert.match(
    describeRun({ ...run, status: "running", isAsking: true }, Date.now()).description,
    /^waits for your answer/,
  );
});

test("programs that settings name are found by what the command starts, too", () => {
  const inherited = { PATH: "/bin", OTHER: "x" };
  assert.deepEqual(commandEnvironment({ nix: "", nixMemoryMB: 6000, nixosAnywhere: "" }, inherited), {
    ...inherited,
    NIXOS_VPS_NIX_MEMORY_MB: "6000",
    ELECTRON_RUN_AS_NODE: "1",
  });
  const programs = { nix: "/opt/lix/bin/nix", nixMemoryMB: 0, nixosAnywhere: "/opt/nixos-anywhere" };
  const named = commandEnvironment(programs, inherited);
  assert.equal(named["PATH"], "/opt/lix/bin:/bin");
  assert.equal(named["NIXOS_VPS_NIX"], "/opt/lix/bin/nix");
  assert.equal(named["NIXOS_VPS_NIXOS_ANYWHERE"], "/opt/nixos-anywhere");
});

test("tasks become words of the command; one that lacks what it needs is none", () => {
  const check = readTask({ type: "nixos-vps", command: "check", flake: "/f", host: "web" });
  const settings = { sshConfig: undefined, kexec: undefined, initrdMiB: 336 };
  assert.deepEqual(check && taskArguments(check, settings), ["check", "--format=unix", "--host=web", "--", "/f"]);
  const plan = readTask({ type: "nixos-vps", command: "plan", host: "web", target: "root@vps", port: 2222 });
  const asked = { sshConfig: "/s", kexec: "/k", initrdMiB: 200 };
  assert.deepEqual(plan && taskArguments(plan, asked), [
    ...["bootstrap", "--plan", "--port=2222", "--ssh-config=/s", "--kexec=/k", "--initrd-mib=200"],
    ...["--", ".#web", "root@vps"],
  ]);
  assert.equal(plan && taskName(plan), "plan web on root@vps");
  for (const definition of [{ command: "plan", host: "web" }, { command: "wipe" }, {}])
    assert.equal(readTask(definition), undefined);
});

test("a task that lacks something says what", () => {
  assert.match(
    taskProblem({ command: "plan", host: "web" }),
    /^A plan needs "target", the machine .* in tasks\.json\.$/,
  );
  assert.match(taskProblem({ command: "plan", host: "" }), /"host", a name .*, and "target"/);
  assert.match(taskProblem({ command: "wipe" }), /^"command" is "wipe" .* "check" or "plan"\.$/);
});

test("steps go back to what was answered before, and end when one is left", async () => {
  const script = [{ answer: "a" }, "back", { answer: "b" }, { answer: "c" }] as const;
  let at = 0;
  const step = async (state: string) => {
    const result = script[at++];
    return typeof result === "object" ? { answer: `${state}${result.answer}` } : result;
  };
  assert.equal(await runSteps("", [step, step]), "bc");
  assert.equal(await runSteps("", [async () => undefined]), undefined);
});

test("a step that is asked again is told what came of it before", async () => {
  const told: unknown[] = [];
  const script = [{ answer: "a" }, "back", { answer: "b" }, { answer: "c" }] as const;
  let at = 0;
  const step = async (_state: string, number: number, earlier: string | undefined) => {
    told.push([number, earlier]);
    return script[at++];
  };
  await runSteps("", [step, step], "another time");
  assert.deepEqual(told, [
    [1, "another time"],
    [2, "another time"],
    [1, "a"],
    [2, "another time"],
  ]);
});

test("only a run that has ended has a report, and only one that did not end well can go on", () => {
  const statuses = ["running", "interrupted", "failed", "installed"] as const;
  assert.deepEqual(
    statuses.map((status) => [hasReport({ status }), canResume({ status })]),
    [
      [false, false],
      [false, true],
      [true, true],
      [true, false],
    ],
  );
});
