import assert from "node:assert/strict";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import { languageStatus, openLightBulb, waitUntilUnderlined } from "./editor.ts";
import { eventually } from "./eventually.ts";
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
});
