import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { eventually } from "../eventually.ts";
import { notifications, quickInputEntries, runCommand } from "./editor.ts";
import { journal, upTo, writeRun } from "./recordedRuns.ts";
import { collectViolations, reloadWindow, shownPanel, takePictures } from "./shownPanel.ts";
import { keepPictureOfFailure, startVsCode, type VsCode } from "./vscode.ts";

const proven = "20261125T181220Z-lab-0001";
const cutOff = "20261125T181220Z-lab-0002";

suite("runs of the past, with journals that were recorded in the lab", () => {
  let state: string;
  let vscode: VsCode;
  let window: Page;
  const violations: string[] = [];

  before(async () => {
    state = await mkdtemp(join(tmpdir(), "nixos-vps-runs-"));
    const events = journal("copyCutOffThenResumed");
    await writeRun(state, proven, events);
    await writeRun(
      state,
      cutOff,
      upTo(events, ({ type }) => type === "question"),
    );
    vscode = await startVsCode({
      file: "modules/services/ssh.nix",
      environment: { NIXOS_VPS_STATE_DIR: state },
    });
    window = await vscode.openWindow();
    await vscode.page.close();
    collectViolations(window, violations);
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, window));
  after(async () => {
    await vscode?.stop();
    await rm(state, { recursive: true, force: true });
  });

  test("one that came to its end shows its proof", async () => {
    await open("installed and proven");
    await shownPanel(window).getByText("Installed and proven in 5 min 11 s", { exact: true }).waitFor();
    assert.equal(
      await shownPanel(window)
        .getByRole("row")
        .filter({ hasText: /^Passed/ })
        .count(),
      13,
    );
    await takePictures(window, "bootstrap past");
  });

  test("it is there again when the window was reloaded", async () => {
    await reloadWindow(window);
    await shownPanel(window)
      .getByText("Installed and proven in 5 min 11 s", { exact: true })
      .waitFor({ timeout: 60_000 });
  });

  test("one whose process is gone, its journal cut off in the middle of a line, says so and can go on", async () => {
    await appendFile(join(state, "runs", cutOff, "journal.jsonl"), '{"seq":113,"type":"answe');
    await open("interrupted");
    const panel = shownPanel(window);
    await panel.getByText(/^Interrupted: the process of this run is gone/).waitFor();
    assert.ok(await panel.getByRole("button", { name: 'Resume from "Partition and format the disk"' }).isEnabled());
    assert.equal(await panel.getByRole("region", { name: "May the disk be wiped?" }).count(), 0);
  });

  test("a report is offered of one that has ended, and of no other", async () => {
    await runCommand(window, "NixOS VPS: Save Report of Bootstrap...");
    await quickInputEntries(window).filter({ hasText: "installed and proven" }).first().waitFor();
    assert.equal(await quickInputEntries(window).count(), 1);
    await window.keyboard.press("Escape");
  });

  test("where none is at work, there is none to cancel", async () => {
    await runCommand(window, "NixOS VPS: Cancel Bootstrap...");
    await eventually(async () => assert.deepEqual(await notifications(window), ["No bootstrap is at work."]));
  });

  test("when its directory vanishes, what was read stays and nothing is offered", async () => {
    await rm(join(state, "runs", cutOff), { recursive: true });
    const panel = shownPanel(window);
    await panel.getByText("The directory of this run is gone.").waitFor();
    assert.equal(await panel.getByRole("button", { name: /^(Resume|Open)/ }).count(), 0);
    await panel.getByText("Start the NixOS installer").first().waitFor();
  });

  test("the walkthrough ticks off what was reached before it was opened", async () => {
    await runCommand(window, "NixOS VPS: Get Started");
    for (const title of ["Open your flake", "Start it, and confirm the wipe", "Keep the proof"])
      await window
        .locator(".getting-started-step", { hasText: title })
        .locator(".codicon-getting-started-step-checked")
        .waitFor();
    const weighed = window.locator(".getting-started-step", { hasText: "Weigh the system" });
    assert.equal(await weighed.locator(".codicon-getting-started-step-checked").count(), 0);
  });

  test("no policy was broken", () => assert.deepEqual(violations, []));

  async function open(status: string): Promise<void> {
    await runCommand(window, "NixOS VPS: Show Bootstrap...");
    await quickInputEntries(window).filter({ hasText: status }).first().click();
  }
});
