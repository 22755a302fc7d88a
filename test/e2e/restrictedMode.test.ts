import assert from "node:assert/strict";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import { eventually } from "../eventually.ts";
import { languageStatus, openFile, openLightBulb, quickInputEntries, waitUntilUnderlined } from "./editor.ts";
import { keepPictureOfFailure, startVsCode, type VsCode } from "./vscode.ts";

suite("a folder that is not trusted", () => {
  let vscode: VsCode;

  before(async () => {
    vscode = await startVsCode({
      file: "modules/services/ssh.nix",
      settings: { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" },
    });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(() => vscode?.stop());

  test("VS Code is in Restricted Mode", async () => {
    await vscode.page.locator('[id="status.workspaceTrust"]').waitFor();
  });

  test("findings and fixes are there", async () => {
    await waitUntilUnderlined(vscode.page, "error", '"/etc/ssh"');
    assert.ok((await openLightBulb(vscode.page, '"/etc/ssh"')).length > 0);
    await vscode.page.keyboard.press("Escape");
  });

  test("the status item says that the flake has been read", async () => {
    await eventually(async () => assert.match(await languageStatus(vscode.page), /NixOS VPS: ready.*2 hosts/));
  });

  test("the hosts are listed, and nothing offers to install them", async () => {
    const { page } = vscode;
    await page.getByRole("tab", { name: "NixOS VPS" }).first().click();
    const host = page.locator(".monaco-list-row", { hasText: "vps-ultraman" }).first();
    await host.hover();
    assert.equal(await host.getByRole("button", { name: "Bootstrap VPS..." }).count(), 0);
    await page.locator(".welcome-view-content", { hasText: "In Restricted Mode nothing is built" }).waitFor();
    await host.click();
    await page.locator('.tab.active[data-resource-name="flake.nix"]').waitFor();
    assert.equal(await page.locator(".codelens-decoration a", { hasText: "Bootstrap..." }).count(), 0);
    await openFile(page, "modules/services/ssh.nix");
  });

  test("the command palette lists what reads, not what runs", async () => {
    const { page } = vscode;
    await page.keyboard.press("F1");
    const input = page.locator(".quick-input-widget input");
    await input.fill(">NixOS VPS: ");
    await eventually(async () => {
      const titles = (await quickInputEntries(page).allInnerTexts()).join("\n");
      assert.match(titles, /Check Whole Flake/);
      assert.doesNotMatch(titles, /Bootstrap VPS|Resume Bootstrap|Measure Closure|Analyze Closure/);
    });
    await page.keyboard.press("Escape");
  });

  test("no task is offered", async () => {
    const { page } = vscode;
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input").fill(">Tasks: Run Task");
    await eventually(async () => {
      assert.doesNotMatch((await quickInputEntries(page).allInnerTexts()).join("\n"), /check demo/);
    });
    await page.keyboard.press("Escape");
  });
});
