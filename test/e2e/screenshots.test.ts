import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { root } from "../../scripts/root.mjs";
import { hoverText, openFile, openLightBulb, waitUntilUnderlined } from "./editor.ts";
import { screenshotPath, startVsCode } from "./vscode.ts";

const themes = { light: "Default Light Modern", dark: "Default Dark Modern" };

/** A picture above this weight does not go into the README. */
const maxPictureBytes = 150_000;

suite("pictures for people to look at", () => {
  for (const [name, theme] of Object.entries(themes)) {
    test(name, async () => {
      const { page, stop } = await startVsCode({
        file: "modules/services/ssh.nix",
        settings: { "workbench.colorTheme": theme },
        otherExtensions: [join(root, "test/e2e/fixtures/nix-grammar")],
      });
      const picture = async (what: string): Promise<void> => {
        const path = await screenshotPath(`${what} ${name}`);
        await page.screenshot({ path });
        assert.ok((await stat(path)).size < maxPictureBytes);
      };
      try {
        await waitUntilUnderlined(page, "error", '"/etc/ssh"');
        await openLightBulb(page, '"/etc/ssh"');
        await picture("quickFix");
        await page.keyboard.press("Escape");
        await openFile(page, "modules/virt/microvm.nix");
        await waitUntilUnderlined(page, "error", "cfg.enable");
        await hoverText(page, "cfg.enable");
        await page.locator(".monaco-hover").getByText("Quick Fix...").waitFor();
        await picture("hover");
      } finally {
        await stop();
      }
    });
  }
});
