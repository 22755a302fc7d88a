import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { root } from "../../scripts/root.mjs";
import { eventually } from "../eventually.ts";
import { articleFlake, articleHost, registerHost } from "../nix/articleFlake.ts";
import { type TemporaryStore, temporaryStore } from "../nix/temporaryStore.ts";
import { clickLens, explorerFrame, lenses, lineWith } from "./closureParts.ts";
import { openFile, runCommand } from "./editor.ts";
import { screenshotPath, startVsCode } from "./vscode.ts";

const themes = {
  light: "Default Light Modern",
  dark: "Default Dark Modern",
  "high contrast": "Default High Contrast",
};

/** A picture above this weight does not go into the README. */
const maxPictureBytes = 150_000;

suite("pictures of closures for people to look at", () => {
  let store: TemporaryStore;
  let flake: string;

  before(async () => {
    store = temporaryStore();
    flake = await articleFlake(store, "dotfiles");
    await registerHost(store, flake);
    await writeFile(
      join(flake, "nixos-vps.json"),
      JSON.stringify({ hosts: { [articleHost]: { maxClosure: "3 GB" } } }),
    );
  });
  after(() => store.remove());

  for (const [name, theme] of Object.entries(themes)) {
    test(name, async () => {
      const { page, stop } = await startVsCode({
        file: "flake.nix",
        open: flake,
        environment: store.env,
        settings: {
          "workbench.colorTheme": theme,
          "nixosVps.targets": { [articleHost]: { disk: "20 GB", ram: "1 GB" } },
        },
        otherExtensions: [join(root, "test/e2e/fixtures/nix-grammar")],
      });
      const picture = async (what: string, clip?: { x: number; y: number; width: number; height: number }) => {
        const path = await screenshotPath(`${what} ${name}`);
        await page.screenshot({ path, ...(clip ? { clip } : {}) });
        const { size } = await stat(path);
        assert.ok(size < maxPictureBytes, `${what} has ${size} bytes`);
      };
      try {
        await eventually(async () => assert.match((await lenses(page)).join("\n"), /\| (Measure|Analyze)/));
        if (!(await lenses(page)).join("\n").includes("7.6 GB")) await clickLens(page, "Measure");
        await eventually(async () => assert.match((await lenses(page)).join("\n"), /7\.6 GB/), 120_000);
        await runCommand(page, "View: Close Primary Side Bar");
        await openFile(page, "flake.nix");
        await eventually(async () => assert.match((await lenses(page)).join("\n"), /over budget/));
        await picture("closureLens", { x: 52, y: 176, width: 760, height: 250 });
        await openFile(page, "modules/hey.nix");
        await eventually(async () => assert.match(await lineWith(page, "zbar"), /220 MB/));
        await picture("sizeHints", { x: 52, y: 76, width: 760, height: 320 });
        await openFile(page, "flake.nix");
        await clickLens(page, "Analyze");
        const explorer = explorerFrame(page);
        await explorer.locator(".treemap text", { hasText: "zbar" }).first().waitFor();
        await explorer.locator(".treemap text", { hasText: "zbar" }).first().click({ force: true });
        await explorer.getByRole("button", { name: "Whole closure" }).click();
        await explorer.getByLabel("Try without it").check();
        await page.mouse.move(5, 400);
        await picture("closureExplorer", { x: 0, y: 30, width: 1280, height: 740 });
      } finally {
        await stop();
      }
    });
  }
});
