import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { runCommand } from "./editor.ts";
import { screenshotPath, startVsCode, type VsCode } from "./vscode.ts";

const themes = {
  light: "Default Light Modern",
  dark: "Default Dark Modern",
  "high contrast": "Default High Contrast",
};

suite("pictures of views, inputs and the walkthrough", () => {
  let vscode: VsCode;

  before(async () => {
    vscode = await startVsCode({ file: "flake.nix" });
    await mkdir(join(vscode.folder, ".vscode"), { recursive: true });
  });
  after(() => vscode?.stop());

  for (const [name, theme] of Object.entries(themes)) {
    test(name, async () => {
      const { page, folder } = vscode;
      const picture = async (what: string): Promise<void> => {
        await page.screenshot({ path: await screenshotPath(`${what} ${name}`) });
      };
      await writeFile(join(folder, ".vscode/settings.json"), JSON.stringify({ "workbench.colorTheme": theme }));
      const body = page.locator(
        `.monaco-workbench.${name === "light" ? "vs" : name === "dark" ? "vs-dark" : "hc-black"}`,
      );
      await body.waitFor();
      await runCommand(page, "NixOS VPS: Focus on Hosts View");
      await page.locator(".monaco-list-row", { hasText: "vps-ultraman" }).first().click();
      await page.locator(".codelens-decoration a", { hasText: "Bootstrap..." }).first().waitFor();
      await picture("views");
      await page.locator(".codelens-decoration a", { hasText: "Bootstrap..." }).first().click();
      await page.locator(".quick-input-widget input").fill("root@203.0.113.");
      await page.getByText("203.0.113. is no address").waitFor();
      await picture("typedTarget");
      await page.keyboard.press("Escape");
      await runCommand(page, "View: Toggle Primary Side Bar Visibility");
      await runCommand(page, "NixOS VPS: Get Started");
      for (const title of [
        "Open your flake",
        "See what would",
        "Weigh the system",
        "Plan the",
        "Start it",
        "Keep the proof",
      ]) {
        const step = page.locator(".getting-started-step", { hasText: title }).first();
        // The one that is open cannot be clicked.
        if (await step.isEnabled()) await step.click();
        const media = page.frameLocator(".getting-started-media iframe").frameLocator("iframe#active-frame");
        await media.getByRole("img").first().waitFor();
        await picture(`walkthrough ${title}`);
      }
      await runCommand(page, "View: Close All Editors");
    });
  }
});
