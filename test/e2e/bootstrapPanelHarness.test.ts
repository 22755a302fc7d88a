// The bootstrap panel in a page of its own, fed with journals that were recorded from runs against the lab.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { ToPanel } from "../../core/src/bootstrap/panelMessages.ts";
import { mostLines } from "../../core/src/bootstrap/runLog.ts";
import { applyEvents, emptyView } from "../../core/src/bootstrap/runView.ts";
import { assertPanelFits } from "./panelFits.ts";
import { type HarnessServer, type PanelHarness, startHarness } from "./panelHarness.ts";
import { journal, planFor, runMessage, upTo } from "./recordedRuns.ts";

let server: HarnessServer;
let panel: PanelHarness;

before(async () => {
  server = await startHarness();
});
after(() => server.stop());
beforeEach(async () => {
  panel = await server.open("bootstrapPanel");
});
afterEach(async () => {
  assert.deepEqual(await panel.violations(), [], "the policy of the panel was broken");
  await panel.close();
});

const cutOff = journal("copyCutOffThenResumed");
const hidden = journal("sshdHidden");
const asked = async (): Promise<unknown[]> => (await panel.asked()).filter(({ type }) => type !== "ready");

const states: Readonly<Record<string, ToPanel>> = {
  question: runMessage(
    upTo(cutOff, (event) => event.type === "question"),
    "running",
  ),
  running: runMessage(
    upTo(cutOff, (event) => event.type === "step-progress" && (event.done ?? 0) > 0),
    "running",
  ),
  failed: runMessage(
    upTo(cutOff, (event) => event.type === "run-finished"),
    "ended",
  ),
  interrupted: runMessage(
    upTo(cutOff, (event) => event.type === "step-started" && event.step === "disko"),
    "interrupted",
  ),
  "check failed": runMessage(hidden, "ended"),
  proven: runMessage(cutOff, "ended"),
};

for (const [name, message] of Object.entries(states)) {
  test(`${name}: fits from 300 pixels on, in every theme`, () => assertPanelFits(panel, name, message));
}

test("a run says where it is: the step once, states in words, the rest by ear only when asked", async () => {
  const { page } = panel;
  await panel.send(states["running"] as ToPanel);
  assert.deepEqual(await panel.saved(), { run: "recorded" });
  const head = await page.locator(".run-head").ariaSnapshot();
  assert.match(head, /heading "Bootstrap lab on root@127\.0\.0\.1" \[level=1\]/);
  assert.match(head, /status: "?Step 11 of 14: Install NixOS/);
  assert.match(head, /progressbar "Progress of the step"/);
  const current = page.locator('[aria-current="step"]');
  assert.equal(await current.count(), 1);
  assert.match((await current.textContent()) ?? "", /Install NixOS.*Running/);
  const words = await page.locator(".step-state").allTextContents();
  assert.deepEqual(new Set(words), new Set(["Done", "Skipped", "Running", "Waiting"]));
  assert.equal(await page.getByRole("log").getAttribute("aria-live"), "off");
  assert.match((await page.getByRole("img").getAttribute("aria-label")) ?? "", /least available \d+ of \d+ MiB/);
  await page.getByRole("button", { name: "Cancel" }).click();
  assert.deepEqual(await asked(), [{ type: "cancel" }]);
});

test("a question has a button that asks for it natively; its answer is nowhere in the panel", async () => {
  const { page } = panel;
  await panel.send(states["question"] as ToPanel);
  const card = page.getByRole("region", { name: "May the disk be wiped?" });
  assert.match((await card.textContent()) ?? "", /\/dev\/vda \(4\.3 GB, serial lab-disk\)/);
  assert.equal(await page.locator("input:not([type=search]):not([type=checkbox]), textarea").count(), 0);
  await card.getByRole("button").click();
  assert.deepEqual(await asked(), [{ type: "answer", question: "wipe" }]);
  await panel.send({
    type: "events",
    run: "recorded",
    events: cutOff.filter(({ seq, type }) => seq > 1 && type === "answered"),
  });
});

test("a failure has cause, remedy, evidence, and buttons that do it", async () => {
  const { page } = panel;
  await panel.send(states["failed"] as ToPanel);
  const card = page.getByRole("region", { name: "Failed: Install NixOS" });
  const text = (await card.textContent()) ?? "";
  assert.match(text, /Cause: The connection broke/);
  assert.match(text, /What to do: /);
  assert.match((await page.locator(".run-head").textContent()) ?? "", /The disk is wiped and nothing is installed yet/);
  await card.getByRole("button", { name: /^Resume from/ }).click();
  await card.getByRole("button", { name: "Open Troubleshooting" }).click();
  assert.deepEqual(await asked(), [
    { type: "resume", changes: {} },
    { type: "openTroubleshooting", failure: "copy-broken" },
  ]);
});

test("a system that would lock its owner out: the finding behind it, and the way on in spite of it", async () => {
  const { page } = panel;
  const { plan } = planFor({ availableMiB: 800, findings: true });
  const found = hidden.map((event) => (event.type === "planned" ? { ...event, plan } : event));
  await panel.send(runMessage(found, "ended"));
  assert.match((await page.locator(".run-head").textContent()) ?? "", /Installed in .+, but a check failed/);
  const proof = await page.getByRole("region", { name: "Proof" }).ariaSnapshot();
  assert.match(proof, /row "Failed No persisted directory hides generated files/);
  await page.getByRole("button", { name: "Open the Finding persist-dir-shadows-etc" }).click();
  await page.getByRole("button", { name: "Go on in spite of it" }).click();
  assert.deepEqual(await asked(), [
    { type: "openFinding", file: "hosts/lab/persistence.nix", line: 14 },
    { type: "resume", changes: { accept: ["etc-shadowed"] } },
  ]);
});

test("a run that was left says so and can go on; one that is gone says that", async () => {
  const { page } = panel;
  await panel.send(states["interrupted"] as ToPanel);
  assert.match((await page.locator(".standing").textContent()) ?? "", /Interrupted/);
  assert.equal(await page.locator('[aria-current="step"]').count(), 0);
  await page.getByRole("button", { name: /^Resume from/ }).click();
  assert.deepEqual(await asked(), [{ type: "resume", changes: {} }]);
  await panel.send({ type: "process", run: "recorded", process: "missing" });
  assert.match((await page.locator(".standing").textContent()) ?? "", /The directory of this run is gone/);
  assert.equal(await page.getByRole("button", { name: /^Resume/ }).count(), 0);
});

test("in whatever portions a journal comes, the same is drawn at its end", async () => {
  await panel.send(states["proven"] as ToPanel);
  const whole = await panel.page.locator("main").ariaSnapshot();
  await panel.close();
  panel = await server.open("bootstrapPanel");
  await panel.send({ type: "run", run: "recorded", view: emptyView, process: "running", now: Date.now() });
  for (let start = 0; start < cutOff.length; start += 7)
    await panel.send({ type: "events", run: "recorded", events: cutOff.slice(start, start + 7) });
  await panel.send({ type: "process", run: "recorded", process: "ended" });
  assert.equal(await panel.page.locator("main").ariaSnapshot(), whole);
});

test("when events are missing everything is asked for again", async () => {
  await panel.send({ type: "run", run: "recorded", view: emptyView, process: "running", now: Date.now() });
  await panel.send({ type: "events", run: "recorded", events: cutOff.slice(5, 9) });
  assert.deepEqual(await panel.asked(), [{ type: "ready" }, { type: "ready" }]);
});

test("text of a target is text: no markup, no colours, no direction", async () => {
  const evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
  const line = (text: string, seq: number) => ({
    ...{ seq, time: "2026-01-01T00:00:00.000Z", type: "log", step: "disko", level: "error" },
    line: text,
  });
  const begin = {
    seq: 1,
    time: "2026-01-01T00:00:00.000Z",
    type: "run-started",
    version: 1,
    host: evil,
    target: evil,
    pid: 1,
  };
  const failed = {
    ...{ seq: 2, time: "2026-01-01T00:00:00.000Z", type: "step-failed", step: "disko", resumeFrom: "disko" },
    ...{ message: evil, cause: evil, remedy: evil, evidence: evil, failure: evil },
  };
  const events = [begin, failed, line(evil, 3), line("\u001b[31mred\u001b[0m \u202eturned\u0007", 4)];
  await panel.send({ type: "run", run: "r", view: applyEvents(emptyView, events), process: "ended", now: 0 });
  const { page } = panel;
  assert.equal(await page.locator("main img, main script").count(), 0);
  assert.equal(await page.title(), "NixOS VPS");
  const log = await page.locator(".log-text").allTextContents();
  assert.deepEqual(log.slice(-2), [evil, "red \ufffdturned\ufffd"]);
});

test("messages that are not known are dropped with one word about it", async () => {
  await panel.page.evaluate(() => {
    for (const message of [undefined, 7, { type: "explode" }, { type: "run", run: 1 }, { type: "plan", plan: {} }])
      window.postMessage(message);
  });
  await panel.send(states["running"] as ToPanel);
  assert.deepEqual(panel.complaints, ["A message that is not known was dropped."]);
  assert.equal(await panel.page.locator(".run-head").count(), 1);
});

test("a panel that the extension no longer answers says so, with a link that shows the same again", async () => {
  const { page } = panel;
  await page.clock.install();
  await page.reload();
  await panel.send(states["running"] as ToPanel);
  await page.clock.runFor(60_000);
  const notice = page.getByRole("alert");
  assert.equal(await notice.getByRole("link").count(), 0);
  await panel.leaveAlone();
  await page.clock.runFor(30_000);
  const link = notice.getByRole("link", { name: "Show the run again" });
  assert.equal(await link.getAttribute("href"), `command:nixosVps.showRun?${encodeURIComponent('["recorded"]')}`);
  assert.deepEqual(await asked(), []);
  await panel.send({ type: "pong" });
  assert.equal(await link.count(), 0);
});

test("half a million lines: the last ones are there, can be searched and held fast, in less than 60 MB", async (context) => {
  const { page } = panel;
  await panel.send({ type: "run", run: "r", view: emptyView, process: "running", now: Date.now() });
  await page.evaluate(async (total) => {
    const batch = 500;
    for (let start = 0; start < total; start += batch) {
      const events = Array.from({ length: batch }, (_, index) => ({
        ...{ seq: start + index + 1, time: "2026-01-01T00:00:00.000Z", type: "log", step: "install", level: "info" },
        line: `copying path '/nix/store/66wiksxld2c54jqi28lzsc3jsmbnandk-package-${start + index + 1}'`,
      }));
      window.postMessage({ type: "events", run: "r", events });
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }, 500_000);
  await page.getByText("490,000 before them").waitFor();
  assert.match((await page.locator(".log-text").last().textContent()) ?? "", /package-500000'$/);
  assert.ok((await page.locator(".log-row").count()) < 120, "only what is in sight is in the document");

  const client = await page.context().newCDPSession(page);
  await client.send("HeapProfiler.collectGarbage");
  const { usedSize } = await client.send("Runtime.getHeapUsage");
  assert.ok(usedSize < 60e6, `${(usedSize / 1e6).toFixed(1)} MB`);
  context.diagnostic(`heap of the panel: ${(usedSize / 1e6).toFixed(1)} MB`);

  // What is found is drawn at once, not only when the scroll position has followed the shorter list.
  const found = await page.getByRole("searchbox").evaluate((search: HTMLInputElement) => {
    search.value = "package-49999";
    search.dispatchEvent(new Event("input"));
    return document.querySelectorAll(".log-row").length;
  });
  assert.equal(found, 10);
  await page.getByText(`10 of ${mostLines.toLocaleString("en")} lines`).waitFor();
  await page.getByRole("searchbox").fill("");

  // A line that somebody reads stays where it is.
  await page.getByRole("log").evaluate((log) => {
    log.scrollTop = 50_000;
  });
  await page.getByRole("checkbox", { name: "Follow" }).and(page.locator(":not(:checked)")).waitFor();
  const inSight = (): Promise<string | undefined> =>
    page.getByRole("log").evaluate((log) => {
      const { top } = log.getBoundingClientRect();
      const rows = [...log.querySelectorAll(".log-row")];
      return rows.find((row) => row.getBoundingClientRect().top >= top)?.textContent;
    });
  const before = await inSight();
  const more = Array.from({ length: 300 }, (_, index) => ({
    ...{ seq: 500_001 + index, time: "2026-01-01T00:00:00.000Z", type: "log", step: "install", level: "info" },
    line: "more",
  }));
  await panel.send({ type: "events", run: "r", events: more });
  await page.getByText("490,300 before them").waitFor();
  assert.equal(await inSight(), before);
});

test("programs that were ended for want of memory are marked in the chart and told in words", async () => {
  const { page } = panel;
  await panel.send(states["running"] as ToPanel);
  const seq = emptyView.next + upTo(cutOff, (event) => event.type === "step-progress" && (event.done ?? 0) > 0).length;
  const kernel = {
    ...{ seq, time: "2026-11-25T18:00:00.000Z", type: "kernel", step: "install" },
    line: "Out of memory: Killed process 1234 (nix) total-vm:812344kB",
  };
  await panel.send({ type: "events", run: "recorded", events: [kernel] });
  assert.equal(await page.locator(".memory-chart .killing").count(), 1);
  const memory = await page.getByRole("region", { name: "Memory of the target" }).ariaSnapshot();
  assert.match(memory, /Out of memory at \d\d:\d\d:\d\d:.* Killed process 1234 \(nix\)/s);
});

test("nothing turns for those who do not want it", async () => {
  const { page } = panel;
  await panel.send(states["running"] as ToPanel);
  const turns = (): Promise<string> =>
    page
      .locator(".icon-running")
      .first()
      .evaluate((icon) => getComputedStyle(icon).animationName);
  assert.equal(await turns(), "turn");
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.equal(await turns(), "none");
});
