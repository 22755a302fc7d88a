import assert from "node:assert/strict";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import type { FrameLocator, Locator } from "playwright-core";
import { eventually } from "../eventually.ts";
import { type LabVps, startLabVps } from "../lab/labVps.ts";
import { inLabStore } from "../lab/nixStore.ts";
import { answerQuickInput, clickInRow, notifications, quickInputEntries, runCommand, viewRow } from "./editor.ts";
import { keepPictureOfFailure, screenshotPath, startVsCode, type VsCode } from "./vscode.ts";

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

  test("host, target and port are asked, and the plan opens", async () => {
    const { page } = vscode;
    await runCommand(page, "NixOS VPS: Bootstrap VPS...");
    await eventually(async () => assert.match((await entries(vscode)).join("\n"), /^lab.*\nhidden-sshd/));
    await picture(vscode, "pickHost");
    await answerQuickInput(page, "", "lab");
    const resolved = `root@127.0.0.1 port ${lab.vps.port}`;
    await eventually(async () => assert.match((await entries(vscode)).join("\n"), new RegExp(resolved)));
    await picture(vscode, "pickTarget");
    await answerQuickInput(page, "", "lab");
    const port = page.locator(".quick-input-widget input");
    await eventually(async () => assert.equal(await port.inputValue(), String(lab.vps.port)));
    await page.keyboard.press("Enter");
    await start(vscode).waitFor({ timeout: 2 * minute });
    await picture(vscode, "plan");
  });

  test("a run whose panel is closed goes on, says so, and is cancelled from its notification", async () => {
    const { page } = vscode;
    await start(vscode).click();
    // While it is started there is another button of that name.
    await panel(vscode).locator('[data-key="cancel"]').waitFor({ timeout: minute });
    await runCommand(page, "View: Close All Editors");
    const progress = page.locator(".notification-toast", { hasText: "Bootstrap lab" });
    await progress.getByText(/\d+ of \d+: /).waitFor();
    await page.locator('[id*="nixosVps.run"]').getByText("Bootstrap lab").waitFor();
    await progress.getByRole("button", { name: "Cancel" }).click();
    await dialog(vscode).getByText("Cancel the Bootstrap", { exact: true }).click();
    await eventually(
      async () =>
        assert.match(
          (await notifications(page)).join(),
          /The bootstrap of lab on lab was cancelled after .+\. The target: /,
        ),
      minute,
    );
    await page.locator('[id*="nixosVps.run"]').waitFor({ state: "hidden" });
    await runCommand(page, "Notifications: Clear All Notifications");
  });

  test("the view lists it, and resumes it", async () => {
    const { page } = vscode;
    await page.getByRole("tab", { name: "NixOS VPS" }).first().click();
    await clickInRow(page, "cancelled", "Resume Bootstrap...");
    await viewRow(page, "at work").waitFor({ timeout: minute });
  });

  test("the wipe names disk and machine, has the host's name typed, and the new system is proven", async () => {
    const { page } = vscode;
    const ask = panel(vscode).locator("[data-key=answer]");
    await ask.waitFor({ timeout: 6 * minute });
    await ask.click();
    await eventually(async () => {
      const text = await dialog(vscode).innerText();
      for (const part of ["/dev/vda", "for lab", `127.0.0.1 port ${lab.vps.port}`, "4.3 GB"])
        assert.ok(text.includes(part), `${part} is not in ${text}`);
    });
    await picture(vscode, "wipe");
    await dialog(vscode).getByText("Type the Host's Name...", { exact: true }).click();
    const input = page.locator(".quick-input-widget input");
    await input.fill("la");
    await page.keyboard.press("Enter");
    await eventually(async () => {
      assert.match(await page.locator(".quick-input-widget").innerText(), /Type the name of the host: lab/);
    });
    await picture(vscode, "typeName");
    await input.fill("lab");
    await page.keyboard.press("Enter");
    await eventually(async () => {
      assert.match(
        (await notifications(page)).join(),
        /NixOS runs on lab after \d+ min \d+ s: lab is installed, and every check passed/,
      );
    }, 4 * minute);
    await viewRow(page, "installed and proven").waitFor();
    await picture(vscode, "proven");
  });
});

async function entries({ page }: VsCode): Promise<string[]> {
  const texts = await quickInputEntries(page).allInnerTexts();
  return texts.map((text) => text.replaceAll(/\s+/g, " ").trim());
}

/** The panel that is shown. */
function panel({ page }: VsCode): FrameLocator {
  return page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
}

function start(vscode: VsCode): Locator {
  return panel(vscode).getByRole("button", { name: "Start", exact: true });
}

function dialog({ page }: VsCode): Locator {
  return page.locator(".monaco-dialog-box");
}

async function picture({ page }: VsCode, what: string): Promise<void> {
  await page.screenshot({ path: await screenshotPath(`bootstrap ${what}`) });
}
