import assert from "node:assert/strict";
import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import { eventually } from "../eventually.ts";
import { languageStatus, notifications, waitUntilUnderlined } from "./editor.ts";
import { keepPictureOfFailure, startVsCode, type VsCode } from "./vscode.ts";

suite("a language server that does not start", () => {
  let vscode: VsCode;
  const bundle = () => join(vscode.extensionFolder, "out/server.cjs");

  before(async () => {
    vscode = await startVsCode({
      file: "modules/services/ssh.nix",
      prepare: async ({ extensionFolder }) => {
        await rename(join(extensionFolder, "out/server.cjs"), join(extensionFolder, "out/server.cjs.away"));
      },
    });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(() => vscode?.stop());

  test("is said once, with what to do", async () => {
    await eventually(async () => {
      assert.deepEqual(await notifications(vscode.page), [
        "The language server did not start, so NixOS VPS does not check this workspace.",
      ]);
    });
  });

  test("is what the status item says", async () => {
    await eventually(async () => assert.match(await languageStatus(vscode.page), /NixOS VPS: error/));
  });

  test("is what the view of hosts says, not that there is no flake", async () => {
    const { page } = vscode;
    await page.getByRole("tab", { name: "NixOS VPS" }).first().click();
    const welcome = page.locator(".welcome-view-content", { hasText: "The language server does not run" });
    await welcome.getByRole("button", { name: "Restart Language Server" }).waitFor();
    assert.equal(await page.getByText("There is no flake.nix").count(), 0);
  });

  test("runs after Restart once the cause is gone", async () => {
    await rename(`${bundle()}.away`, bundle());
    await vscode.page.locator(".notification-toast").getByText("Restart", { exact: true }).click();
    await waitUntilUnderlined(vscode.page, "error", '"/etc/ssh"');
    await eventually(async () => assert.match(await languageStatus(vscode.page), /NixOS VPS: ready/));
  });

  test("is started again when it crashes, without a word", async () => {
    const [crashed, ...others] = await processesOf(bundle());
    assert.ok(crashed && others.length === 0);
    process.kill(crashed, "SIGKILL");
    await eventually(async () => {
      const [started] = await processesOf(bundle());
      assert.ok(started && started !== crashed);
      assert.match(await languageStatus(vscode.page), /NixOS VPS: ready/);
    });
    await waitUntilUnderlined(vscode.page, "error", '"/etc/ssh"');
    assert.deepEqual(await notifications(vscode.page), []);
  });
});

/** Ids of the processes that run a script, which only this test's VS Code has. */
async function processesOf(script: string): Promise<number[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const running = await Promise.all(
    ids.map(async (id) => {
      const commandLine = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
      return commandLine.split("\0").includes(script) ? [Number(id)] : [];
    }),
  );
  return running.flat();
}
