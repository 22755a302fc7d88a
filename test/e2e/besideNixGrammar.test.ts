import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import { root } from "../../scripts/root.mjs";
import { eventually } from "../eventually.ts";
import { languageStatus, waitUntilUnderlined } from "./editor.ts";
import { keepPictureOfFailure, startVsCode, type VsCode } from "./vscode.ts";

suite("beside an extension that owns the language id nix", () => {
  let vscode: VsCode;

  before(async () => {
    vscode = await startVsCode({
      file: "modules/services/ssh.nix",
      otherExtensions: [join(root, "test/e2e/fixtures/nix-grammar")],
    });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(() => vscode?.stop());

  test("its grammar colours the file", async () => {
    await eventually(async () => {
      const colours = await vscode.page.evaluate(() => {
        const tokens = document.querySelectorAll(".editor-instance .view-line span[class^=mtk]");
        return new Set([...tokens].map((token) => token.className)).size;
      });
      assert.ok(colours > 2, `${colours} kinds of tokens`);
    });
  });

  test("our findings are there", async () => {
    await waitUntilUnderlined(vscode.page, "error", '"/etc/ssh"');
    await eventually(async () => assert.match(await languageStatus(vscode.page), /NixOS VPS: ready/));
  });
});
