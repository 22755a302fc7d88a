import assert from "node:assert/strict";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { type LabVps, startLabVps } from "../lab/labVps.ts";
import { inLabStore } from "../lab/nixStore.ts";
import { answerQuickInput, notifications, quickInputEntries, runCommand } from "./editor.ts";
import { eventually } from "./eventually.ts";
import { keepPictureOfFailure, startVsCode, type VsCode } from "./vscode.ts";

const minute = 60_000;

suite("Bootstrap VPS in VS Code, on a machine of the lab", () => {
  let lab: LabVps;
  let vscode: VsCode;

  before(async () => {
    lab = await startLabVps();
    vscode = await startVsCode({
      file: "flake.nix",
      open: lab.flake,
      environment: lab.environment.all,
      inside: inLabStore,
      settings: { "nixosVps.ssh.configFile": lab.sshConfig },
    });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(async () => {
    await vscode?.stop();
    await lab?.stop();
  });

  test("host and target are asked, and the plan opens", async () => {
    const { page } = vscode;
    await runCommand(page, "NixOS VPS: Bootstrap VPS...");
    await eventually(async () => {
      assert.deepEqual(await quickInputTexts(vscode), ["lab", "hidden-sshd"]);
    });
    await answerQuickInput(page, "", "lab");
    await eventually(async () => {
      assert.match((await quickInputTexts(vscode)).join(), new RegExp(`lab.*root@127.0.0.1 port ${lab.vps.port}`));
    });
    await answerQuickInput(page, "", "lab");
    const port = page.locator(".quick-input-widget input");
    await eventually(async () => assert.equal(await port.inputValue(), String(lab.vps.port)));
    await page.keyboard.press("Enter");
    await panel(vscode)
      .getByRole("button", { name: "Start" })
      .waitFor({ timeout: 2 * minute });
  });

  test("the wipe is confirmed with the host's name, and the new system is proven", async () => {
    const { page } = vscode;
    await panel(vscode).getByRole("button", { name: "Start" }).click();
    const ask = panel(vscode).getByRole("button", { name: /Type the|Confirm|Answer/ });
    await ask.waitFor({ timeout: 4 * minute });
    await ask.click();
    const dialog = page.locator(".monaco-dialog-box");
    await dialog.waitFor();
    const text = await dialog.innerText();
    for (const part of ["/dev/vda", "lab", "127.0.0.1", "GB"]) assert.ok(text.includes(part), text);
    await dialog.getByText("Type the Host's Name...").click();
    const input = page.locator(".quick-input-widget input");
    await input.fill("la");
    await page.keyboard.press("Enter");
    await eventually(async () => {
      assert.match(await page.locator(".quick-input-widget").innerText(), /Type the name of the host: lab/);
    });
    await input.fill("lab");
    await page.keyboard.press("Enter");
    await eventually(async () => {
      assert.match((await notifications(page)).join(), /NixOS runs on lab: lab is installed, and every check passed/);
    }, 4 * minute);
  });
});

async function quickInputTexts({ page }: VsCode): Promise<string[]> {
  const texts = await quickInputEntries(page).allInnerTexts();
  return texts.map((text) => text.replaceAll(/\s+/g, " ").trim());
}

/** The panel that is shown. */
function panel({ page }: VsCode): FrameLocator {
  return page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
}
