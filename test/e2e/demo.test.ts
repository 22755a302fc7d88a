import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import { eventually } from "../eventually.ts";
import {
  chooseAction,
  hoverText,
  languageStatus,
  notifications,
  openFile,
  openLightBulb,
  previewText,
  problems,
  quickInputEntries,
  runCommand,
  underlinedTexts,
  waitUntilUnderlined,
} from "./editor.ts";
import { keepPictureOfFailure, startVsCode, type VsCode } from "./vscode.ts";

suite("the demo flake in VS Code", () => {
  let vscode: VsCode;

  before(async () => {
    vscode = await startVsCode({ file: "modules/services/ssh.nix" });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(() => vscode?.stop());

  test("a persisted /etc/ssh is underlined", async () => {
    await waitUntilUnderlined(vscode.page, "error", '"/etc/ssh"');
  });

  test("the status item says that the flake has been read", async () => {
    await eventually(async () => {
      assert.match(await languageStatus(vscode.page), /NixOS VPS: ready.*2 hosts, \d+ findings/);
    });
  });

  test("the hover says what happens on the machine and which hosts it concerns", async () => {
    const { page } = vscode;
    const text = await eventually(async () => {
      const hover = await hoverText(page, '"/etc/ssh"');
      assert.match(hover, /Hosts:/);
      return hover;
    });
    assert.match(text, /sshd/);
    assert.match(text, /vps-ultraman/);
    assert.match(text, /mothra/);
    await page.keyboard.press("Escape");
  });

  test("the dead sshd: the light bulb repairs it, and the squiggle goes", async () => {
    const { page, folder } = vscode;
    const titles = await openLightBulb(page, '"/etc/ssh"');
    const [fix] = titles;
    assert.ok(fix, "the light bulb is empty");
    await chooseAction(page, fix);
    await eventually(async () => assert.ok(!(await underlinedTexts(page, "error")).includes('"/etc/ssh"')));
    await page.keyboard.press("Control+S");
    await eventually(async () => {
      const saved = await readFile(join(folder, "modules/services/ssh.nix"), "utf8");
      assert.match(saved, /files = \[[^\]]*"\/etc\/ssh\/ssh_host_ed25519_key"/);
      assert.doesNotMatch(saved, /directories = \[\s*"\/etc\/ssh"\s*\]/);
      assert.match(saved, /# Same host key after a reboot/);
    });
  });

  test("Fix All repairs what is safe to repair", async () => {
    const { page, folder } = vscode;
    await waitUntilUnderlined(page, "warning", "true");
    await runCommand(page, "Fix All");
    await page.keyboard.press("Control+S");
    await eventually(async () => {
      const saved = await readFile(join(folder, "modules/services/ssh.nix"), "utf8");
      assert.match(saved, /startWhenNeeded = false; # 5 MB less/);
    });
    await eventually(async () => assert.deepEqual(await underlinedTexts(page, "warning"), []));
  });

  test("the same in podman's module: /etc/containers has a fix", async () => {
    const { page } = vscode;
    await openFile(page, "modules/services/podman.nix");
    await eventually(async () => {
      const underlined = [...(await underlinedTexts(page, "error")), ...(await underlinedTexts(page, "warning"))];
      assert.ok(underlined.includes('"/etc/containers"'), JSON.stringify(underlined));
    });
    assert.ok(fixesAmong(await openLightBulb(page, '"/etc/containers"')).length > 0);
    await page.keyboard.press("Escape");
  });

  test("the closure that does not fit: desktop programs in the shared module have a fix", async () => {
    const { page } = vscode;
    await openFile(page, "modules/hey.nix");
    for (const name of ["grim", "grimblast", "wl-clipboard", "zbar"]) await waitUntilUnderlined(page, "warning", name);
    assert.ok(fixesAmong(await openLightBulb(page, "grimblast")).length > 0);
    await page.keyboard.press("Escape");
  });

  test("the console without a login: the password mode has a fix, and its secret appearing on disk is noticed", async () => {
    const { page, folder } = vscode;
    await openFile(page, "hosts/vps-ultraman/default.nix");
    const isUnderlined = async () =>
      [...(await underlinedTexts(page, "error")), ...(await underlinedTexts(page, "warning"))].includes('"deploy"');
    await eventually(async () => assert.ok(await isUnderlined(), '"deploy" is not underlined'));
    assert.ok(fixesAmong(await openLightBulb(page, '"deploy"')).length > 0);
    await page.keyboard.press("Escape");
    await writeFile(join(folder, "secrets/vps-ultraman.age"), "age-encryption.org/v1\n");
    await eventually(async () => assert.ok(!(await isUnderlined()), '"deploy" is still underlined'));
  });

  test("Check Whole Flake shows the findings of files that are not open", async () => {
    const { page } = vscode;
    await runCommand(page, "NixOS VPS: Check Whole Flake");
    await eventually(async () => {
      const shown = (await problems(page)).join("\n");
      for (const file of ["impermanence.nix", "microvm.nix"]) assert.match(shown, new RegExp(file));
    });
  });

  test("Explain Rule lists the rules of the open file first and opens a page", async () => {
    const { page } = vscode;
    await openFile(page, "modules/hey.nix");
    await waitUntilUnderlined(page, "warning", "grim");
    await runCommand(page, "NixOS VPS: Explain Rule");
    await eventually(async () => {
      const [first] = await quickInputEntries(page).allInnerTexts();
      assert.match(first ?? "", /^desktop-package-unconditional/);
    });
    await page.keyboard.press("Enter");
    await eventually(async () => assert.ok((await previewText(page)).length > 500));
  });

  test("the link in a hover opens the page of its rule, the rule id opens its text", async () => {
    const { page } = vscode;
    await openFile(page, "modules/services/podman.nix");
    await hoverText(page, '"/etc/containers"');
    await page.locator(".monaco-hover .rendered-markdown a").filter({ hasText: "persist-dir-shadows-etc" }).click();
    await eventually(async () => assert.match(await previewText(page), /sshd_config/));
    await openFile(page, "modules/services/podman.nix");
    await hoverText(page, '"/etc/containers"');
    await page.locator(".monaco-hover a.code-link").first().click();
    await page.locator('.tab.active[data-resource-name="persist-dir-shadows-etc.md"]').waitFor();
  });

  test("a rule that the workspace's settings switch off is silent", async () => {
    const { page, folder } = vscode;
    await openFile(page, "modules/profiles/hardware/qemu.nix");
    await eventually(async () => assert.equal((await underlinedTexts(page, "warning")).length, 1));
    await mkdir(join(folder, ".vscode"));
    await writeFile(
      join(folder, ".vscode/settings.json"),
      JSON.stringify({ "nixosVps.rules": { "firmware-on-vm": "off" } }),
    );
    await eventually(async () => assert.deepEqual(await underlinedTexts(page, "warning"), []));
  });

  test("Restart Language Server starts it anew", async () => {
    const { page } = vscode;
    await openFile(page, "modules/services/podman.nix");
    await runCommand(page, "NixOS VPS: Restart Language Server");
    await eventually(async () => {
      assert.match(await languageStatus(page), /NixOS VPS: ready/);
      const underlined = [...(await underlinedTexts(page, "error")), ...(await underlinedTexts(page, "warning"))];
      assert.ok(underlined.includes('"/etc/containers"'));
    });
  });

  test("Show Log opens the output channel", async () => {
    const { page } = vscode;
    await runCommand(page, "NixOS VPS: Show Log");
    const channel = page.getByRole("toolbar", { name: "Output actions" }).getByLabel("Switch Output");
    await eventually(async () => assert.equal(await channel.inputValue({ timeout: 3000 }), "NixOS VPS"));
    await page
      .locator(".panel .view-line")
      .filter({ hasText: /NixOS\sVPS\s[\d.]+\sin\sVS\sCode/ })
      .first()
      .waitFor();
  });

  test("none of that showed a notification", async () => {
    assert.deepEqual(await notifications(vscode.page), []);
  });
});

/** The entries of a light bulb's menu that change what the finding is about. */
function fixesAmong(titles: readonly string[]): string[] {
  return titles.filter((title) => !/^(Suppress|Open documentation)/.test(title));
}
