import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import { execa } from "execa";
import type { Locator, Page } from "playwright-core";
import { root } from "../../scripts/root.mjs";
import { startInstaller } from "../lab/installerMachine.ts";
import { type LabVps, prepareLabVps } from "../lab/labVps.ts";
import { inLabStore } from "../lab/nixStore.ts";
import { runCommand } from "./editor.ts";
import { collectViolations, reloadWindow, shownPanel, takePictures } from "./shownPanel.ts";
import { keepPictureOfFailure, startVsCode, type VsCode } from "./vscode.ts";

const minute = 60_000;
const host = "hidden-sshd";
suite("a run in the panel, in two windows, on a machine of the lab that runs the installer", () => {
  let lab: LabVps;
  let vscode: VsCode;
  let first: Page;
  let second: Page;
  const violations: string[] = [];

  before(async () => {
    lab = await prepareLabVps(await startInstaller({ name: "panel" }));
    vscode = await startVsCode({
      file: "flake.nix",
      open: lab.flake,
      environment: lab.environment.all,
      inside: inLabStore,
    });
    first = await vscode.openWindow();
    await vscode.page.close();
    collectViolations(first, violations);
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, first));
  after(async () => {
    await vscode?.stop();
    await lab?.stop();
  });

  test("a run that was started on a terminal is shown, asks, and is there again when the window was reloaded", async () => {
    const args = ["bootstrap", "--detach", "--json", ...lab.options, `${lab.flake}#${host}`, lab.target];
    const [program, programArgs] = await inLabStore(process.execPath, [join(root, "out/cli.cjs"), ...args]);
    await execa(program, programArgs, { env: lab.environment.all });
    await openRun(first);
    await question(first).waitFor({ timeout: 2 * minute });
    await takePictures(first, "bootstrap question");

    await reloadWindow(first);
    await question(first).waitFor({ timeout: minute });
    assert.match(await question(first).innerText(), /dev\/vda: .*serial lab-disk/);
    await shownPanel(first).locator('[aria-current="step"]', { hasText: "Partition and format the disk" }).waitFor();
  });

  test("another window follows it too, and what is answered there counts here", async () => {
    second = await vscode.openWindow();
    collectViolations(second, violations);
    await openRun(second);
    await question(second).getByRole("button", { name: "Confirm the Wipe..." }).click({ timeout: minute });
    await second.locator(".monaco-dialog-box").getByRole("button", { name: "Type the Host's Name..." }).click();
    await second.locator(".quick-input-widget input").fill(host);
    await second.keyboard.press("Enter");
    for (const page of [first, second]) {
      await question(page).waitFor({ state: "detached" });
      await shownPanel(page)
        .locator('[aria-current="step"]', { hasText: "Install NixOS" })
        .waitFor({ timeout: 2 * minute });
    }
    await shownPanel(first).getByRole("progressbar").waitFor({ timeout: minute });
    await takePictures(first, "bootstrap running");
  });

  test("the system that would lock its owner out is not started, and the card says why and what to do", async () => {
    for (const page of [first, second]) {
      const card = shownPanel(page).getByRole("region", { name: "Failed: Check the installed system" });
      await card.waitFor({ timeout: 3 * minute });
      const text = await card.innerText();
      assert.match(text, /etc-shadowed \(mounted over files that NixOS generates: \/etc\/ssh\)/);
      assert.match(text, /Cause: \/etc\/ssh is persisted as a directory/);
      assert.match(text, /What to do: Persist the host keys as files/);
      for (const name of ["Go on in spite of it", "Open Troubleshooting"])
        assert.ok(await card.getByRole("button", { name }).isEnabled());
    }
    const proof = shownPanel(first).getByRole("region", { name: "Proof" });
    assert.match(await proof.ariaSnapshot(), /row "Failed No persisted directory hides generated files/);
    await takePictures(first, "bootstrap failed");
  });

  test("once the flake is corrected, Resume on the card goes on to the proof", async () => {
    await writeFile(join(lab.flake, "hosts", host, "default.nix"), "{ imports = [ ../lab ]; }\n");
    const card = shownPanel(second).getByRole("region", { name: "Failed: Check the installed system" });
    await card.getByRole("button", { name: /^Resume/ }).click();
    for (const page of [first, second])
      await shownPanel(page)
        .getByText("Installed and proven")
        .first()
        .waitFor({ timeout: 6 * minute });
    const proof = shownPanel(first).getByRole("region", { name: "Proof" });
    assert.match(await proof.ariaSnapshot(), /row "Passed No persisted directory hides generated files/);
  });

  test("closing the panel closes a picture, and nothing that it showed broke its policy", async () => {
    await runCommand(first, "View: Close Editor");
    await first.locator("iframe.webview").waitFor({ state: "detached" });
    assert.deepEqual(violations, []);
  });
});

/** Opens the run that is at work by its item in the status bar. */
async function openRun(page: Page): Promise<void> {
  await page
    .getByRole("button", { name: `Bootstrap ${host}` })
    .first()
    .click({ timeout: minute });
  await shownPanel(page).locator("h1").waitFor({ timeout: minute });
}

function question(page: Page): Locator {
  return shownPanel(page).getByRole("region", { name: "May the disk be wiped?" });
}
