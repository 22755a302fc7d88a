import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { root } from "../../scripts/root.mjs";
import { eventually } from "../eventually.ts";
import { openFile, problems, quickInputEntries, runCommand } from "./editor.ts";
import { keepPictureOfFailure, startVsCode, type VsCode } from "./vscode.ts";

suite("views, tasks and walkthrough", () => {
  let vscode: VsCode;
  let state: string;

  before(async () => {
    state = await mkdtemp(join(tmpdir(), "nixos-vps-views-"));
    vscode = await startVsCode({ file: "flake.nix", environment: { NIXOS_VPS_STATE_DIR: state } });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(async () => {
    await vscode?.stop();
    await rm(state, { recursive: true, force: true });
  });

  test("the hosts of the flake are listed with what was found, and open where they are named", async () => {
    const { page } = vscode;
    await page.getByRole("tab", { name: "NixOS VPS" }).first().click();
    await eventually(async () => {
      const rows = await viewRows(page, "Hosts");
      assert.match(
        rows.find((row) => row.startsWith("vps-ultraman")) ?? "",
        /^vps-ultraman ?\d+ errors, \d+ warnings$/,
      );
      assert.ok(rows.some((row) => row.startsWith("mothra")));
    });
    await page.locator(".monaco-list-row", { hasText: "vps-ultraman" }).first().click();
    await page.locator('.tab.active[data-resource-name="flake.nix"]').waitFor();
  });

  test("where nothing was installed yet, the view of bootstraps says how to begin", async () => {
    const welcome = vscode.page.locator(".welcome-view-content", { hasText: "No host was installed" });
    await welcome.getByRole("button", { name: "Bootstrap VPS..." }).waitFor();
  });

  test("a lens on the host's line asks for the machine, with a way back only where there is one", async () => {
    const { page } = vscode;
    await page.locator(".codelens-decoration a", { hasText: "Bootstrap..." }).first().click();
    const widget = page.locator(".quick-input-widget");
    await widget.getByText("Bootstrap VPS (1/2)").waitFor();
    const input = widget.locator("input");
    await input.fill("root@");
    await eventually(async () => assert.match(await rowsOf(page), /The host is missing after the @/));
    await input.fill("root@256.1.1.1");
    await eventually(async () => assert.match(await rowsOf(page), /256\.1\.1\.1 is no address/));
    await input.fill("root@203.0.113.5:2222");
    await eventually(async () => assert.match(await rowsOf(page), /root@203\.0\.113\.5.*port 2222/));
    await page.keyboard.press("Enter");
    await widget.getByText("Bootstrap VPS (2/2)").waitFor();
    await eventually(async () => assert.equal(await input.inputValue(), "2222"));
    await input.fill("70000");
    await eventually(async () => assert.match(await widget.innerText(), /A port is a number from 1 to 65535/));
    await widget.getByRole("button", { name: "Back" }).click();
    await widget.getByText("Bootstrap VPS (1/2)").waitFor();
    await eventually(async () => assert.equal(await input.inputValue(), "root@203.0.113.5"));
    await page.keyboard.press("Escape");
    await widget.waitFor({ state: "hidden" });
  });

  test("the host whose file is open comes first", async () => {
    const { page } = vscode;
    await openFile(page, "hosts/mothra/default.nix");
    await runCommand(page, "NixOS VPS: Bootstrap VPS...");
    await eventually(async () => assert.match((await quickInputEntries(page).allInnerTexts())[0] ?? "", /^mothra/));
    await page.keyboard.press("Escape");
  });

  test("a task checks the flake, and its findings are problems", async () => {
    const { page } = vscode;
    await runCommand(page, "Tasks: Run Task");
    await page.locator(".quick-input-widget input").fill("nixos-vps");
    await quickInputEntries(page).filter({ hasText: "nixos-vps" }).first().click();
    await quickInputEntries(page).filter({ hasText: "check demo" }).first().click();
    await page.getByRole("tab", { name: /^Problems/ }).click();
    await eventually(async () => {
      const shown = (await problems(page)).join("\n");
      assert.match(shown, /NixOS VPS task/);
    });
  });

  test("the walkthrough opens with its pictures", async () => {
    const { page } = vscode;
    // Pictures are shown where there is room beside the text.
    await runCommand(page, "View: Hide Panel");
    await runCommand(page, "View: Toggle Primary Side Bar Visibility");
    await runCommand(page, "NixOS VPS: Get Started");
    await page.getByText("NixOS on a small VPS").first().waitFor();
    await eventually(async () => assert.equal(await page.locator(".getting-started-step").count(), 6));
    await page.getByText("See what would lock you out").first().click();
    const picture = page.frameLocator(".getting-started-media iframe").frameLocator("iframe#active-frame");
    await picture.getByRole("img", { name: "An error under a persisted directory" }).waitFor();
  });

  test("the walkthrough ticks off the proof when a host is installed and proven, and not before", async () => {
    const { page } = vscode;
    const ticked = page
      .locator(".getting-started-step", { hasText: "Keep the proof" })
      .locator(".codicon-getting-started-step-checked");
    assert.equal(await ticked.count(), 0);
    const run = "20261125T181220Z-lab-0001";
    await mkdir(join(state, "made", run), { recursive: true });
    await cp(
      join(root, "test/fixtures/journals/copyCutOffThenResumed.jsonl"),
      join(state, "made", run, "journal.jsonl"),
    );
    await rename(join(state, "made", run), join(state, "runs", run));
    await ticked.waitFor();
  });
});

async function viewRows(page: Page, view: string): Promise<string[]> {
  const pane = page.locator(".pane", { has: page.getByRole("button", { name: new RegExp(`^${view} Section`) }) });
  const texts = await pane.locator(".monaco-list-row").allInnerTexts();
  return texts.map((text) => text.replaceAll(/\s+/g, " ").trim());
}

async function rowsOf(page: Page): Promise<string> {
  return (await quickInputEntries(page).allInnerTexts()).join("\n").replaceAll("\n", " ");
}
