import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { root } from "../../scripts/root.mjs";
import { openLightBulb, waitUntilUnderlined } from "./editor.ts";
import { screenshotPath, startVsCode } from "./vscode.ts";

const themes = { light: "Default Light Modern", dark: "Default Dark Modern" };

suite("pictures for people to look at", () => {
  for (const [name, theme] of Object.entries(themes)) {
    test(name, async () => {
      const { page, stop } = await startVsCode({
        file: "modules/services/ssh.nix",
        settings: { "workbench.colorTheme": theme },
        otherExtensions: [join(root, "test/e2e/fixtures/nix-grammar")],
      });
      try {
        await waitUntilUnderlined(page, "error", '"/etc/ssh"');
        await openLightBulb(page, '"/etc/ssh"');
        const path = await screenshotPath(name);
        await page.screenshot({ path });
        assert.ok((await stat(path)).size > 0);
      } finally {
        await stop();
      }
    });
  }
});
