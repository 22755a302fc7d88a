import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import { execa } from "execa";
import type { Locator, Page } from "playwright-core";
import { fingerprintOf } from "../../core/src/bootstrap/hostKeys.ts";
import { eventually } from "../eventually.ts";
import { type SshServer, startSshServer } from "../ssh/sshServer.ts";
import { bundle, createWorkplace, type Workplace } from "../ssh/workplace.ts";
import { runCommand } from "./editor.ts";
import { extensionHostsOf } from "./extensionHosts.ts";
import { collectViolations, reloadWindow, shownPanel, takePictures } from "./shownPanel.ts";
import { keepPictureOfFailure, screenshotPath, startVsCode, type VsCode } from "./vscode.ts";

const minute = 60_000;
const skip = !existsSync("/usr/sbin/sshd") && "openssh-server is not installed";

suite("a run that was started on a terminal, in the panels of two windows", { skip }, () => {
  let server: SshServer;
  let workplace: Workplace;
  let vscode: VsCode;
  let first: Page;
  let second: Page;
  let run: string;
  const violations: string[] = [];

  before(async () => {
    server = await startSshServer();
    workplace = createWorkplace(server, { user: userInfo().username, isKnown: false });
    const { HOME: _, ...environment } = workplace.env;
    vscode = await startVsCode({
      file: "flake.nix",
      open: join(workplace.directory, "flake"),
      environment: environment as Record<string, string>,
    });
    first = await vscode.openWindow();
    await vscode.page.close();
    collectViolations(first, violations);
    const args = [bundle, ...workplace.bootstrap("--detach", "--json")];
    await execa(process.execPath, args, { env: workplace.env, extendEnv: false });
    run = workplace.runs().at(-1) ?? "";
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, first));
  after(async () => {
    await vscode?.stop();
    server?.stop();
    workplace?.remove();
  });

  test("the status bar leads to it, and its question is in the panel, also after a reload in the middle", async () => {
    await openRun(first);
    await question(first).waitFor();
    await takePictures(first, "bootstrap host key");
    await reloadWindow(first);
    await question(first).waitFor({ timeout: minute });
    assert.ok((await question(first).innerText()).includes(fingerprintOf(server.hostKey)));
    await shownPanel(first).locator('[aria-current="step"]', { hasText: "Look at the target" }).waitFor();
  });

  test("when the extension host crashes the panel says so, and its link shows the run in its place", async () => {
    for (const pid of extensionHostsOf(vscode.pid)) process.kill(pid, "SIGKILL");
    const again = shownPanel(first).getByRole("link", { name: "Show the run again" });
    await again.waitFor({ timeout: minute });
    await first.screenshot({ path: await screenshotPath("bootstrap extension lost") });
    await again.click();
    await again.waitFor({ state: "detached" });
    await question(first).waitFor({ timeout: minute });
    await eventually(async () => assert.equal(await first.locator(".tab", { hasText: "Bootstrap web" }).count(), 1));
  });

  test("it is the same in another window, and what is answered there counts here", async () => {
    second = await vscode.openWindow();
    collectViolations(second, violations);
    await openRun(second);
    await question(second).getByRole("button", { name: "Compare the Fingerprint..." }).click();
    await second.locator(".monaco-dialog-box").getByRole("button", { name: "It Is the Right One" }).click();
    for (const page of [first, second]) await question(page).waitFor({ state: "detached" });
  });

  test("what the plan says against it is on a card in both, and Resume tries it again", async () => {
    for (const page of [first, second]) {
      const card = failure(page);
      await card.waitFor({ timeout: minute });
      assert.match(
        await card.innerText(),
        /web wants to partition \/dev\/no-such-disk, which the target does not have/,
      );
    }
    await takePictures(first, "bootstrap refused");
    await shownPanel(first)
      .getByRole("button", { name: /^Resume from/ })
      .click();
    await eventually(async () => {
      const begun = workplace.eventsOf(run).filter(({ type }) => type === "run-started");
      const over = workplace.eventsOf(run).filter(({ type }) => type === "run-finished");
      assert.deepEqual([begun.length, over.length], [2, 2]);
    }, minute);
    for (const page of [first, second]) await failure(page).waitFor();
  });

  test("closing a panel closes a picture, and none that was shown broke its policy", async () => {
    await runCommand(first, "View: Close Editor");
    await first.locator("iframe.webview").waitFor({ state: "detached" });
    assert.ok(existsSync(join(workplace.directory, "s/runs", run, "journal.jsonl")));
    assert.deepEqual(violations, []);
  });
});

async function openRun(page: Page): Promise<void> {
  await page.locator(".statusbar-item", { hasText: "Bootstrap web" }).locator("a").click({ timeout: minute });
  await shownPanel(page).locator("h1").waitFor({ timeout: minute });
}

function question(page: Page): Locator {
  return shownPanel(page).getByRole("region", { name: "Is this the right machine?" });
}

function failure(page: Page): Locator {
  return shownPanel(page).getByRole("region", { name: "Failed: Look at the target" });
}
