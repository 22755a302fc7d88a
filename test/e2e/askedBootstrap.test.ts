import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { fingerprintOf } from "../../core/src/bootstrap/hostKeys.ts";
import { root } from "../../scripts/root.mjs";
import { eventually } from "../eventually.ts";
import { type SshServer, startSshServer } from "../ssh/sshServer.ts";
import { flakeWithoutDisk } from "../ssh/workplace.ts";
import { answerNotification, answerQuickInput, clickInRow, notifications, runCommand, viewRow } from "./editor.ts";
import { reloadWindow, shownPanel } from "./shownPanel.ts";
import { keepPictureOfFailure, screenshotPath, startVsCode, type VsCode } from "./vscode.ts";

const passphrase = "tr0ub4dor & three";

const skip = !existsSync("/usr/sbin/sshd") && "openssh-server is not installed";

suite("what Bootstrap VPS asks, with an ssh server of this computer", { skip }, () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "nv-ask-")));
  const folder = join(directory, "flake");
  const sshConfig = join(directory, "ssh_config");
  const lockedKey = join(directory, "locked key");
  const environment = {
    NIXOS_VPS_STATE_DIR: join(directory, "s"),
    NIXOS_VPS_NIXOS_ANYWHERE: "/bin/false",
  };
  let server: SshServer;
  let vscode: VsCode;

  before(async () => {
    server = await startSshServer();
    mkdirSync(folder);
    writeFileSync(join(folder, "flake.nix"), flakeWithoutDisk);
    writeFileSync(join(directory, "known_hosts"), "");
    const machine = (name: string, identity: string): string[] => [
      `Host ${name}`,
      "  HostName 127.0.0.1",
      `  Port ${server.port}`,
      `  User ${userInfo().username}`,
      `  IdentityFile "${identity}"`,
      "  IdentitiesOnly yes",
      "  IdentityAgent none",
      `  UserKnownHostsFile ${join(directory, "known_hosts")}`,
      "  GlobalKnownHostsFile /dev/null",
    ];
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", lockedKey]);
    appendFileSync(join(server.directory, "authorized_keys"), readFileSync(`${lockedKey}.pub`));
    const lines = [
      ...machine("box", server.privateKeyFile),
      ...machine("stranger", "/nonexistent"),
      ...machine("vault", lockedKey),
      // Nothing listens there.
      ...["Host builder", "  HostName 127.0.0.1", "  Port 1"],
    ];
    writeFileSync(sshConfig, `${lines.join("\n")}\n`);
    vscode = await startVsCode({
      file: "flake.nix",
      open: folder,
      environment,
      settings: { "nixosVps.ssh.configFile": sshConfig },
    });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(async () => {
    await vscode?.stop();
    server?.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
  });

  /** A panel that is drawn behind the input may take the focus from it. */
  const accept = (page: Page): Promise<void> => page.locator(".quick-input-widget input").press("Enter");

  async function choose(target: string, page = vscode.page): Promise<void> {
    await runCommand(page, "NixOS VPS: Bootstrap VPS...");
    await answerQuickInput(page, "", "web");
    await answerQuickInput(page, "", target);
    await page.locator(".quick-input-widget").getByText("Bootstrap VPS (3/3)").waitFor();
    await accept(page);
  }

  test("a host key that nobody knows is shown with its fingerprint, and the plan opens once it is confirmed", async () => {
    const { page } = vscode;
    await choose("box");
    const dialog = page.locator(".monaco-dialog-box");
    await dialog.getByText("Is this the host key of box?").waitFor();
    assert.ok((await dialog.innerText()).includes(fingerprintOf(server.hostKey)));
    await dialog.getByText("It Is the Right One", { exact: true }).click();
    await shownPanel(page).getByText("/dev/no-such-disk").first().waitFor();
    await runCommand(page, "View: Close All Editors");
  });

  test("the machine that builds is one of ssh's; the target is refused, and one that is not reached is a finding", async () => {
    const { page } = vscode;
    await choose("box");
    await page.locator(".monaco-dialog-box").getByText("It Is the Right One", { exact: true }).click();
    const panel = shownPanel(page);
    const select = panel.getByRole("combobox", { name: "Build on" });
    const widget = page.locator(".quick-input-widget");
    const chosen = (): Promise<string> => select.locator("option:checked").innerText();

    await select.selectOption("Another machine...");
    await widget.getByText("Build on Another Machine").waitFor();
    await widget.locator("input").fill("me@a b");
    await widget.getByText("A destination of ssh has no spaces.").waitFor();
    await page.keyboard.press("Escape");
    await eventually(async () => assert.equal(await chosen(), "This computer and its Nix's builders"));

    await select.selectOption("Another machine...");
    await answerQuickInput(page, "", "box");
    await panel.getByText("Error: box is the target itself, whose memory a build would not fit into").waitFor();
    await eventually(async () => assert.equal(await chosen(), "This computer and its Nix's builders"));

    await select.selectOption("Another machine...");
    await answerQuickInput(page, "", "builder");
    await panel.getByText("on builder, and copied here from there; never on the target").waitFor();
    await panel
      .getByText(/builder cannot build: ssh: connect to host 127\.0\.0\.1 port 1/)
      .first()
      .waitFor();
    await eventually(async () => assert.equal(await chosen(), "builder"));
    await page.screenshot({ path: await screenshotPath("plan that builds elsewhere in the editor") });
    await select.selectOption("This computer and its Nix's builders");
    await panel.getByText("on this computer or the builders of its Nix, never on the target").waitFor();
    await runCommand(page, "View: Close All Editors");
  });

  test("a machine that was looked at is offered again, with the host that it was looked at for", async () => {
    const { page } = vscode;
    await runCommand(page, "NixOS VPS: Bootstrap VPS...");
    await answerQuickInput(page, "", "web");
    await eventually(async () => {
      const [first = ""] = await page.locator(".quick-input-list .monaco-list-row").allInnerTexts();
      assert.match(first, /^box\s*for web/);
    });
    await page.keyboard.press("Escape");
  });

  test("after a machine that does not answer, what was typed is there to be corrected", async () => {
    const { page } = vscode;
    const widget = page.locator(".quick-input-widget");
    await runCommand(page, "NixOS VPS: Bootstrap VPS...");
    await answerQuickInput(page, "", "web");
    await widget.getByText("Bootstrap VPS (2/3)").waitFor();
    // Nothing listens there.
    await widget.locator("input").fill("127.0.0.1:1");
    await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: /127\.0\.0\.1\s*port 1$/ }).waitFor();
    await accept(page);
    await widget.getByText("Bootstrap VPS (3/3)").waitFor();
    await accept(page);
    await answerNotification(page, "Try Again...", "Try Again...");
    await widget.getByText("Bootstrap VPS (1/3)").waitFor();
    await accept(page);
    await widget.getByText("Bootstrap VPS (2/3)").waitFor();
    await eventually(async () => assert.equal(await widget.locator("input").inputValue(), "127.0.0.1"));
    await accept(page);
    await widget.getByText("Bootstrap VPS (3/3)").waitFor();
    await eventually(async () => assert.equal(await widget.locator("input").inputValue(), "1"));
    await page.keyboard.press("Escape");
    await widget.waitFor({ state: "hidden" });
    await eventually(async () => assert.deepEqual(await notifications(page), []));
  });

  test("where no key is accepted a password is asked for, hidden, and leaving that ends it", async () => {
    const { page } = vscode;
    await choose("stranger");
    await page.locator(".monaco-dialog-box").getByText("It Is the Right One", { exact: true }).click();
    const widget = page.locator(".quick-input-widget");
    await widget.getByText("No key of yours was accepted").waitFor();
    assert.equal(await widget.locator("input").getAttribute("type"), "password");
    await page.keyboard.press("Escape");
    await widget.waitFor({ state: "hidden" });
    await eventually(async () => assert.deepEqual(await notifications(page), []));
  });

  test("a run that was started in a terminal is noticed; its question is answered here, and its end is told", async () => {
    const { page } = vscode;
    const args = ["bootstrap", "--detach", "--ssh-config", sshConfig, `${folder}#web`, "box"];
    const { status, stderr } = spawnSync(process.execPath, [join(root, "out/cli.cjs"), ...args], {
      encoding: "utf8",
      env: { ...process.env, ...environment },
    });
    assert.equal(status, 0, stderr);
    await page.locator('[id*="nixosVps.run"]').getByText("Bootstrap web").waitFor();
    await answerNotification(page, "The bootstrap of web on box asks you about a host key", "Answer...");
    const dialog = page.locator(".monaco-dialog-box");
    assert.ok((await dialog.innerText()).includes(fingerprintOf(server.hostKey)));
    await dialog.getByText("It Is the Right One", { exact: true }).click();
    await eventually(async () => {
      assert.match((await notifications(page)).join(), /The bootstrap of web on box did not begin: .* nothing changed/);
    });
    await page.locator('[id*="nixosVps.run"]').waitFor({ state: "hidden" });
    await page.getByRole("tab", { name: "NixOS VPS" }).first().click();
    await viewRow(page, "did not begin").click();
    const panel = page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
    await panel.getByText("/dev/no-such-disk").first().waitFor();
    await clickInRow(page, "did not begin", "Resume Bootstrap...");
    await eventually(async () => {
      const { stdout } = spawnSync(process.execPath, [join(root, "out/cli.cjs"), "runs", "--format", "json"], {
        encoding: "utf8",
        env: { ...process.env, ...environment },
      });
      const [{ path }] = JSON.parse(stdout).runs;
      const journal = readFileSync(join(path, "journal.jsonl"), "utf8");
      assert.equal(journal.split("\n").filter((line) => line.includes('"type":"run-finished"')).length, 2);
    });
  });

  /** Types into the hidden input whose text begins like this. */
  async function typeSecret(says: string, secret: string, page = vscode.page): Promise<void> {
    const widget = page.locator(".quick-input-widget");
    await widget.getByText(says).waitFor();
    assert.equal(await widget.locator("input").getAttribute("type"), "password");
    await widget.locator("input").fill(secret);
    await accept(page);
  }

  const isRightKey = (page = vscode.page): Promise<void> =>
    page.locator(".monaco-dialog-box").getByText("It Is the Right One", { exact: true }).click();

  async function closePlan(page: Page): Promise<void> {
    await shownPanel(page).getByText("/dev/no-such-disk").first().waitFor();
    await runCommand(page, "View: Close All Editors");
  }

  test("a run that ended for the want of a passphrase asks for it when it is resumed", async () => {
    const { page } = vscode;
    const call = (...args: string[]): string => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "out/cli.cjs"), ...args], {
        encoding: "utf8",
        env: { ...process.env, ...environment },
      });
      assert.equal(status, 0, stderr);
      return stdout;
    };
    const known = ["--host-key", fingerprintOf(server.hostKey), "--ssh-config", sshConfig];
    const run = call("bootstrap", "--detach", ...known, `${folder}#web`, "vault").trim();
    const journal = (): string =>
      readFileSync(join(environment.NIXOS_VPS_STATE_DIR, "runs", run, "journal.jsonl"), "utf8");
    await eventually(async () => assert.match(journal(), /"failure":"key-passphrase"[\s\S]*run-finished/));
    // The name of the machine is in what a screen reader says of the row.
    const row = page.locator('.sidebar .monaco-list-row[aria-label*="did not begin"][aria-label*="vault"]');
    const resume = (): Promise<void> => clickInRow(page, row, "Resume Bootstrap...");
    await resume();
    await page.locator(".quick-input-widget").getByText(`Passphrase of ${lockedKey}`).waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    await resume();
    await typeSecret("vault wants this key.", passphrase);
    await eventually(async () => assert.match(journal(), /run-finished[\s\S]*"type":"planned"[\s\S]*run-finished/));
    assert.ok(!journal().includes(passphrase));
  });

  test("the passphrase of a key is asked for, hidden, until it opens it, and kept only when that is wanted", async (t) => {
    // What was typed in the other window is not known in this one.
    const page = await vscode.openWindow();
    t.after(() => page.close());
    const plan = async (): Promise<void> => {
      await choose("vault", page);
      await isRightKey(page);
    };
    const offer = `Keep the passphrase of ${lockedKey}`;
    await plan();
    await typeSecret("vault wants this key.", "wrong passphrase", page);
    await typeSecret("That passphrase does not open the key.", passphrase, page);
    await answerNotification(page, offer, "No");
    await closePlan(page);

    await reloadWindow(page);
    await plan();
    await typeSecret("vault wants this key.", passphrase, page);
    await answerNotification(page, offer, "Keep");
    await closePlan(page);

    await reloadWindow(page);
    await plan();
    await closePlan(page);
    await eventually(async () => assert.deepEqual(await notifications(page), []));
  });

  test("left empty, a passphrase makes way for the password that the machine takes too", async () => {
    const { page } = vscode;
    // What was typed in this window when the run was resumed does not open it any more.
    execFileSync("ssh-keygen", ["-q", "-p", "-P", passphrase, "-N", "another passphrase", "-f", lockedKey]);
    await choose("vault");
    await isRightKey();
    await typeSecret("That passphrase does not open the key. Leave it empty to use a password instead.", "");
    await typeSecret("Type the password.", "wrong password");
    const widget = page.locator(".quick-input-widget");
    await widget.getByText("The password was not accepted.").waitFor();
    await page.keyboard.press("Escape");
    await widget.waitFor({ state: "hidden" });
    await eventually(async () => assert.deepEqual(await notifications(page), []));
  });
});
