import assert from "node:assert/strict";
import { test } from "node:test";
import type { Disposable, LogOutputChannel, WebviewPanel } from "vscode";
import { connectPanel, type PanelConnection } from "../../../client/src/bootstrapPanel/connectPanel.ts";
import type {
  BootstrapPanelActions,
  PlannedBootstrap,
  RunFollower,
} from "../../../client/src/bootstrapPanel/panelActions.ts";
import { defaultChoices } from "../../../core/src/bootstrap/defaultChoices.ts";
import type { RunEvent } from "../../../core/src/bootstrap/events.ts";
import type { ToPanel } from "../../../core/src/bootstrap/panelMessages.ts";
import { planBootstrap } from "../../../core/src/bootstrap/plan.ts";
import { unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";

const finding = { rule: "grub-device", severity: "error", message: "m", file: "a.nix", line: 7 } as const;
const flake = {
  host: "web",
  disks: "unknown",
  bootMode: "unknown",
  closureBytes: "unknown",
  findings: [finding],
} as const;
const planned: PlannedBootstrap = {
  request: {
    ...defaultChoices,
    version: 1,
    initrdMiB: 336,
    reference: { flake: "/flake", directory: "/flake", host: "web" },
    target: "root@x",
    diskKeys: [],
  },
  plan: planBootstrap("root@x", unknownFacts, flake, { ...defaultChoices, initrdMiB: 336 }),
};

const logLine = (seq: number): RunEvent => ({
  seq,
  time: "2026-01-01T00:00:00.000Z",
  type: "log",
  step: "disko",
  level: "info",
  line: `line ${seq}`,
});

/** A stand-in for a panel of VS Code: it keeps what is sent to it. */
function openPanel(given: Partial<BootstrapPanelActions> = {}) {
  const sent: ToPanel[] = [];
  const done: unknown[][] = [];
  const warnings: string[] = [];
  const listeners = {
    message: [] as ((message: unknown) => void)[],
    state: [] as (() => void)[],
    gone: [] as (() => void)[],
  };
  const listen =
    <Listener>(to: Listener[]) =>
    (listener: Listener): Disposable => {
      to.push(listener);
      return { dispose: () => to.splice(to.indexOf(listener), 1) };
    };
  const panel = {
    title: "",
    visible: true,
    reveal: () => undefined,
    webview: {
      postMessage: async (message: ToPanel) => sent.push(message),
      onDidReceiveMessage: listen(listeners.message),
    },
    onDidChangeViewState: listen(listeners.state),
    onDidDispose: listen(listeners.gone),
  };
  let follower: RunFollower | undefined;
  const actions = new Proxy(
    {
      follow(run: string, from: number, told: RunFollower): Disposable {
        done.push(["follow", run, from]);
        follower = told;
        return { dispose: () => done.push(["unfollow", run]) };
      },
      ...given,
    } as Record<string, unknown>,
    { get: (known, name: string) => known[name] ?? (async (...args: unknown[]) => void done.push([name, ...args])) },
  ) as unknown as BootstrapPanelActions;
  const log = { warn: (text: string) => warnings.push(text), error: (text: string) => warnings.push(text) };
  const connection: PanelConnection = connectPanel(
    panel as unknown as WebviewPanel,
    log as unknown as LogOutputChannel,
    actions,
  );
  return {
    connection,
    panel,
    sent,
    done,
    warnings,
    /** The panel's script says something; resolves when it was dealt with. */
    async say(message: unknown) {
      for (const listener of [...listeners.message]) listener(message);
      await new Promise((resolve) => setImmediate(resolve));
    },
    setVisible(visible: boolean) {
      panel.visible = visible;
      for (const listener of [...listeners.state]) listener();
    },
    close() {
      for (const listener of [...listeners.gone]) listener();
    },
    follower: () => follower as RunFollower,
  };
}

test("nothing is sent before the panel is ready, and everything whenever it says so", async () => {
  const { connection, sent, say, follower } = openPanel();
  connection.showRun("r");
  follower().onEvents([logLine(1), logLine(2)]);
  assert.equal(sent.length, 0);
  for (const _ of [1, 2]) {
    await say({ type: "ready" });
    const last = sent.at(-1);
    assert.ok(last?.type === "run" && last.view.next === 3 && last.view.log.lines.length === 2);
  }
});

test("events go out in batches, in their order", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { connection, sent, say, follower } = openPanel();
  connection.showRun("r");
  await say({ type: "ready" });
  for (let seq = 1; seq <= 300; seq++) follower().onEvents([logLine(seq)]);
  follower().onProcess("interrupted");
  const [snapshot, events, process, ...others] = sent;
  assert.ok(snapshot?.type === "run" && snapshot.view.next === 1);
  assert.ok(events?.type === "events" && events.events.length === 300);
  assert.deepEqual([process, others], [{ type: "process", run: "r", process: "interrupted" }, []]);
  follower().onEvents([logLine(301)]);
  context.mock.timers.tick(1000);
  assert.deepEqual(sent.at(-1), { type: "events", run: "r", events: [logLine(301)] });
});

test("a flood is sent as what is left of it", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { connection, sent, say, follower } = openPanel();
  connection.showRun("r");
  await say({ type: "ready" });
  follower().onEvents(Array.from({ length: 30_000 }, (_, index) => logLine(index + 1)));
  context.mock.timers.tick(1000);
  const last = sent.at(-1);
  assert.ok(last?.type === "run" && last.view.next === 30_001 && last.view.log.lines.length === 10_000);
  follower().onEvents([logLine(30_001)]);
  context.mock.timers.tick(1000);
  assert.deepEqual(sent.at(-1), { type: "events", run: "r", events: [logLine(30_001)] });
});

test("a hidden panel is sent nothing, and gets everything when it is back", async () => {
  const { connection, sent, say, follower, setVisible } = openPanel();
  connection.showRun("r");
  await say({ type: "ready" });
  setVisible(false);
  const before = sent.length;
  follower().onEvents([logLine(1)]);
  follower().onProcess("ended");
  assert.equal(sent.length, before);
  setVisible(true);
  await say({ type: "ready" });
  const last = sent.at(-1);
  assert.ok(last?.type === "run" && last.view.next === 2 && last.process === "ended");
});

test("closing a panel ends the following and nothing else", async () => {
  const { connection, done, say, close } = openPanel();
  connection.showRun("r");
  await say({ type: "ready" });
  close();
  assert.deepEqual(done, [
    ["follow", "r", 1],
    ["unfollow", "r"],
  ]);
});

test("what is asked for reaches the actions of the run", async () => {
  const { connection, done, say } = openPanel();
  connection.showRun("r");
  const messages = ["cancel", "resumeOnBuildHost", "openLog", "openRunFolder", "saveReport"];
  for (const type of messages) await say({ type });
  await say({ type: "answer", question: "wipe" });
  await say({ type: "resume", changes: { patch: "always" } });
  await say({ type: "copy", text: "x" });
  assert.deepEqual(done.slice(1), [
    ...messages.map((type) => [type, "r"]),
    ["answer", "r", "wipe"],
    ["resume", "r", { patch: "always" }],
    ["copy", "x"],
  ]);
});

test("without a run there is nothing to cancel, and a plan is started once", async () => {
  let started = 0;
  const { connection, done, say, sent } = openPanel({
    start: async () => {
      started++;
      return "r";
    },
  });
  connection.showPlan(planned);
  await say({ type: "ready" });
  await say({ type: "cancel" });
  assert.deepEqual(done, []);
  await Promise.all([say({ type: "start", choices: defaultChoices }), say({ type: "start", choices: defaultChoices })]);
  assert.equal(started, 1);
  assert.deepEqual(done, [["follow", "r", 1]]);
  assert.equal(connection.run(), "r");
  assert.equal(sent.at(-1)?.type, "run");
});

test("a start that fails says why, and the plan is still there", async () => {
  const start = async (): Promise<string> => {
    throw new Error("another run is working on root@x");
  };
  const { connection, say, sent } = openPanel({ start });
  connection.showPlan(planned);
  await say({ type: "ready" });
  await say({ type: "start", choices: defaultChoices });
  const last = sent.at(-1);
  assert.ok(last?.type === "plan" && last.problem === "another run is working on root@x" && last.busy === undefined);
});

test("of two plans that are asked for the later one is shown", async () => {
  const answers: ((planned: PlannedBootstrap) => void)[] = [];
  const signals: AbortSignal[] = [];
  const { connection, say, sent } = openPanel({
    replan: (_planned, _choices, signal) => {
      signals.push(signal);
      return new Promise((resolve) => answers.push(resolve));
    },
  });
  connection.showPlan(planned);
  await say({ type: "ready" });
  await say({ type: "replan", choices: { ...defaultChoices, patch: "always" } });
  await say({ type: "replan", choices: { ...defaultChoices, patch: "never" } });
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
  const [first, second] = answers;
  second?.({ ...planned, request: { ...planned.request, patch: "never" } });
  await say({ type: "ready" });
  first?.({ ...planned, request: { ...planned.request, patch: "always" } });
  await say({ type: "ready" });
  const last = sent.at(-1);
  assert.ok(last?.type === "plan" && last.choices.patch === "never" && last.busy === undefined);
});

test("what a plan is busy with can be left: the plan before is there again, with its choices", async () => {
  const signals: AbortSignal[] = [];
  const never = (signal: AbortSignal): Promise<never> => {
    signals.push(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const { connection, say, sent } = openPanel({
    replan: (_planned, _choices, signal) => never(signal),
    start: (_planned, _choices, signal) => never(signal),
  });
  connection.showPlan(planned);
  await say({ type: "ready" });
  const changed = { ...defaultChoices, patch: "always" } as const;
  for (const [type, busy] of [
    ["replan", "planning"],
    ["start", "starting"],
  ]) {
    await say({ type, choices: changed });
    const meanwhile = sent.at(-1);
    assert.ok(meanwhile?.type === "plan" && meanwhile.busy === busy && meanwhile.choices.patch === "always");
    await say({ type: "stop" });
    const last = sent.at(-1);
    assert.ok(last?.type === "plan" && last.busy === undefined && last.problem === undefined);
    assert.deepEqual(last.choices, defaultChoices);
  }
  await say({ type: "stop" });
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, true],
  );
});

test("what follows from a choice while its plan is on its way is asked with that choice", async () => {
  const asked: unknown[] = [];
  const { connection, say } = openPanel({
    chooseExtraFiles: async () => "/keys",
    replan: async (before, { patch, extraFiles }) => {
      asked.push([before.request.patch, patch, extraFiles]);
      return new Promise(() => undefined);
    },
  });
  connection.showPlan(planned);
  await say({ type: "replan", choices: { ...defaultChoices, patch: "always" } });
  await say({ type: "chooseExtraFiles" });
  assert.deepEqual(asked, [
    ["auto", "always", undefined],
    ["auto", "always", "/keys"],
  ]);
});

test("closing a panel leaves a plan that is on its way, and no start", async () => {
  const signals: AbortSignal[] = [];
  for (const type of ["replan", "start"] as const) {
    const { connection, say, close } = openPanel({
      [type]: (_planned: unknown, _choices: unknown, signal: AbortSignal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    });
    connection.showPlan(planned);
    await say({ type, choices: defaultChoices });
    close();
  }
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
});

test("a machine to build on is asked for natively, and planned with; leaving the question changes nothing", async () => {
  const answers = ["builder", undefined];
  const asked: unknown[] = [];
  const { connection, say, sent } = openPanel({
    chooseBuildHost: async () => answers.shift(),
    replan: async (_planned, { buildHost, extraFiles }) => {
      asked.push([buildHost, extraFiles]);
      return { ...planned, request: { ...planned.request, buildHost, extraFiles } };
    },
  });
  connection.showPlan({ ...planned, request: { ...planned.request, extraFiles: "/keys" } });
  await say({ type: "ready" });
  for (const _ of [1, 2]) {
    await say({ type: "chooseBuildHost" });
    const last = sent.at(-1);
    assert.ok(last?.type === "plan" && last.choices.buildHost === "builder" && last.extraFiles === "/keys");
  }
  await say({ type: "replan", choices: { ...defaultChoices, buildHost: null } });
  assert.deepEqual(asked, [
    ["builder", "/keys"],
    [null, "/keys"],
  ]);
});

test("only a place that the plan names is opened", async () => {
  const { connection, done, say } = openPanel();
  connection.showPlan(planned);
  await say({ type: "openFinding", file: "a.nix", line: 7 });
  await say({ type: "openFinding", file: "/etc/shadow", line: 1 });
  assert.deepEqual(done, [["openFinding", planned, "a.nix", 7]]);
});

test("messages that are not known are logged once and lead to nothing", async () => {
  const { connection, done, say, warnings } = openPanel();
  connection.showRun("r");
  for (const message of [undefined, 7, {}, { type: "explode" }, { type: "explode" }, { type: "answer" }])
    await say(message);
  assert.deepEqual(done, [["follow", "r", 1]]);
  assert.equal(warnings.length, 5);
});

test("an action that fails is said in the panel and in the log", async () => {
  const { connection, say, sent, warnings } = openPanel({
    cancel: async () => {
      throw new Error("The run does not answer.");
    },
  });
  connection.showRun("r");
  await say({ type: "ready" });
  await say({ type: "cancel" });
  assert.deepEqual(sent.at(-1), { type: "problem", text: "The run does not answer." });
  assert.deepEqual(warnings, ["Bootstrap panel, cancel: The run does not answer."]);
});
