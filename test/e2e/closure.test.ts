import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import { execa } from "execa";
import { measurementStore } from "../../core/src/closure/measuring/measurementStore.ts";
import { root } from "../../scripts/root.mjs";
import { eventually } from "../eventually.ts";
import { articleFlake, articleHost, registerHost, slimDown } from "../nix/articleFlake.ts";
import { type TemporaryStore, temporaryStore } from "../nix/temporaryStore.ts";
import { clickLens, explorerFrame, lenses, lineWith, openExplorer } from "./closureParts.ts";
import {
  chooseAction,
  clickText,
  languageStatus,
  notifications,
  openFile,
  openLightBulb,
  problems,
  quickInputEntries,
  runCommand,
  underlinedTexts,
  waitUntilUnderlined,
} from "./editor.ts";
import { reloadWindow } from "./shownPanel.ts";
import { keepPictureOfFailure, screenshotPath, startVsCode, type VsCode } from "./vscode.ts";

/** Evaluating and weighing take seconds, on a busy machine more. */
const measuringMs = 120_000;

suite("the closure in VS Code, measured by the real Nix", () => {
  let store: TemporaryStore;
  let flake: string;
  let vscode: VsCode;

  before(async () => {
    store = temporaryStore();
    flake = await articleFlake(store);
    await registerHost(store, flake);
    vscode = await startVsCode({
      file: "flake.nix",
      open: flake,
      environment: store.env,
      settings: { "nixosVps.targets": { [articleHost]: { disk: "20 GB", ram: "2 GB" } } },
    });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(async () => {
    await vscode?.stop();
    store.remove();
  });

  test("a host that was never measured says so, and nothing is run for that", async () => {
    const { page } = vscode;
    await eventually(async () => {
      const [first] = await lenses(page);
      assert.match(first ?? "", /^closure not measured \| Measure/);
    });
    await assert.rejects(readFile(join(store.directory, "nixos-vps/closures/history")), /ENOENT|EISDIR/);
  });

  test("Measure evaluates and weighs the host: its lens says what it has and whether it fits", async () => {
    const { page } = vscode;
    await clickLens(page, "Measure");
    await eventually(async () => {
      assert.match((await lenses(page)).join("\n"), /^7\.6 GB · [\d,]+ paths · fits 20 GB disk \| Analyze/m);
    }, measuringMs);
    assert.deepEqual(await notifications(page), []);
  });

  test("packages of a list have their sizes beside them, also after lines have moved", async () => {
    const { page } = vscode;
    const before = await readFile(join(flake, "modules/hey.nix"), "utf8");
    await openFile(page, "modules/hey.nix");
    await eventually(async () => assert.match(await lineWith(page, "zbar"), /^\s*zbar\s*220 MB/));
    await page.screenshot({ path: await screenshotPath("closure sizeHints") });
    await clickText(page, "tmux");
    await page.keyboard.press("Home");
    await page.keyboard.type("htop\n");
    await eventually(async () => assert.match(await lineWith(page, "htop"), /^\s*htop\s*$/));
    await eventually(async () => assert.match(await lineWith(page, "zbar"), /^\s*zbar\s*220 MB/));
    await eventually(async () => {
      await page.keyboard.press("Control+Z");
      assert.equal(await lineWith(page, "htop"), "");
    });
    await eventually(async () => assert.equal(await readFile(join(flake, "modules/hey.nix"), "utf8"), before));
  });

  test("Analyze opens the explorer; a click zooms into what is heavy and the trail leads out", async () => {
    const { page } = vscode;
    await openFile(page, "flake.nix");
    await clickLens(page, "Analyze");
    const explorer = explorerFrame(page);
    await explorer.locator(".cell").first().waitFor({ timeout: 30_000 });
    assert.match(await explorer.locator("header").innerText(), /vps-ultraman\s*7\.6 GB/);
    await explorer.locator(".treemap text", { hasText: "grimblast" }).first().click({ force: true });
    const trail = explorer.locator(".trail");
    await eventually(async () => assert.match(await trail.innerText(), /system-path.*grimblast-0\.1/s));
    await explorer.getByRole("button", { name: "Whole closure" }).click();
    await eventually(async () => assert.equal(await trail.innerText(), "Whole closure"));
  });

  test("ticked paths: what is left without them", async () => {
    const explorer = explorerFrame(vscode.page);
    await explorer.getByRole("tab", { name: "Table" }).click();
    await explorer.getByRole("searchbox").fill("linux-firmware");
    await explorer.getByRole("checkbox", { name: "Try without linux-firmware-20240513" }).check();
    await explorer.getByRole("searchbox").fill("");
    await eventually(async () => {
      assert.match(await explorer.locator(".tickBar").innerText(), /Drop this path: -787 MB · 6\.8 GB left/);
    });
  });

  test("why a path is there, and a click on the line that added it opens the module", async () => {
    const { page } = vscode;
    const explorer = explorerFrame(page);
    await explorer.getByRole("searchbox").fill("zbar");
    await explorer.locator(".row", { hasText: "zbar-0.23.93" }).click();
    const details = explorer.getByRole("complementary", { name: "Details" });
    await eventually(async () => {
      assert.deepEqual(await details.locator(".why li").allInnerTexts(), [
        "the system",
        "system-path-1",
        "zbar-0.23.93",
      ]);
    });
    await page.screenshot({ path: await screenshotPath("closure details") });
    await details.getByRole("button", { name: /^modules\/hey\.nix:\d+$/ }).click();
    await page.locator('.tab.active[data-resource-name="hey.nix"]').waitFor();
    await eventually(async () => {
      const status = await page.locator('[id="status.editor.selection"]').innerText();
      const [, line] = /Ln (\d+)/.exec(status) ?? [];
      const lines = (await readFile(join(flake, "modules/hey.nix"), "utf8")).split("\n");
      assert.match(lines[Number(line) - 1] ?? "", /zbar/);
    });
  });

  test("over budget: the lens says so, the host is underlined, and the quick fix leads to the explorer", async () => {
    const { page } = vscode;
    await runCommand(page, "View: Close All Editors");
    await writeFile(
      join(flake, "nixos-vps.json"),
      JSON.stringify({ hosts: { [articleHost]: { maxClosure: "3 GB" } } }),
    );
    await openFile(page, "flake.nix");
    await eventually(async () => assert.match((await lenses(page)).join("\n"), /7\.6 GB · .* · over budget · fits/));
    await waitUntilUnderlined(page, "warning", articleHost);
    await page.screenshot({ path: await screenshotPath("closure overBudget") });
    const titles = await openLightBulb(page, articleHost);
    assert.ok(
      titles.some((title) => title.includes(`Show what is heavy in ${articleHost}`)),
      titles.join("\n"),
    );
    await chooseAction(page, `Show what is heavy in ${articleHost}`);
    await explorerFrame(page).locator(".notices .warning").first().waitFor({ timeout: 30_000 });
    assert.match(await explorerFrame(page).locator(".notices").innerText(), /4\.6 GB more than the 3 GB/);
  });

  test("a budget file that cannot be read is one error, in the file, and a budget of no host a warning", async () => {
    const { page } = vscode;
    await runCommand(page, "View: Close All Editors");
    await writeFile(join(flake, "nixos-vps.json"), `{ "hosts": { "${articleHost}": { "maxClosure": "much" } } }`);
    await openFile(page, "nixos-vps.json");
    await runCommand(page, "Problems: Focus on Problems View");
    await eventually(async () => {
      const shown = (await problems(page)).join("\n");
      assert.match(shown, /maxClosure is no size such as "3 GB"/);
    });
    await writeFile(join(flake, "nixos-vps.json"), '{ "hosts": { "vps-utraman": { "maxClosure": "3 GB" } } }');
    await eventually(async () => {
      const shown = (await problems(page)).join("\n");
      assert.match(shown, /hosts\.vps-utraman is none of the flake's hosts/);
      assert.doesNotMatch(shown, /is no size/);
    });
    await writeFile(
      join(flake, "nixos-vps.json"),
      JSON.stringify({ hosts: { [articleHost]: { maxClosure: "3 GB" } } }),
    );
    await eventually(async () => {
      assert.doesNotMatch((await problems(page)).join("\n"), /is none of the flake's hosts/);
    });
    await runCommand(page, "View: Hide Panel");
  });

  test("the budget file is completed from its schema", async () => {
    const { page } = vscode;
    const text = `{\n  "hosts": {\n    "${articleHost}": {\n      \n    }\n  }\n}\n`;
    await writeFile(join(flake, "nixos-vps.json"), text);
    await openFile(page, "nixos-vps.json");
    await eventually(async () => {
      await clickText(page, articleHost);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("End");
      await page.keyboard.press("Control+Space");
      const suggested = page.locator(".suggest-widget.visible .monaco-list-row");
      await suggested.first().waitFor({ timeout: 3000 });
      const names = (await suggested.allInnerTexts()).join("\n");
      for (const name of ["maxClosure", "maxPath", "forbid"]) assert.match(names, new RegExp(name));
    });
    await page.keyboard.press("Escape");
    await writeFile(
      join(flake, "nixos-vps.json"),
      JSON.stringify({ hosts: { [articleHost]: { maxClosure: "3 GB" } } }),
    );
  });

  test("measured again after a diet: the lens says by how much, and the warning goes", async () => {
    const { page } = vscode;
    await slimDown(store, flake);
    await registerHost(store, flake);
    await openFile(page, "flake.nix");
    await runCommand(page, "NixOS VPS: Measure Closure");
    await quickInputEntries(page).filter({ hasText: articleHost }).first().click();
    await eventually(async () => {
      assert.match((await lenses(page)).join("\n"), /2\.6 GB · 972 paths · -5 GB.* · fits 20 GB disk/);
    }, measuringMs);
    await eventually(async () => assert.ok(!(await underlinedTexts(page, "warning")).includes(articleHost)));
  });

  test("the explorer compares with the last measurement, and with a git revision", async () => {
    const { page } = vscode;
    await clickLens(page, "Analyze");
    const explorer = explorerFrame(page);
    const earlier = explorer
      .getByLabel("Compare with")
      .locator("option", { hasText: /^what was measured .*\(7\.6 GB\)$/ });
    await explorer.getByLabel("Compare with").selectOption((await earlier.getAttribute("value")) ?? "");
    await explorer.getByRole("tab", { name: "Changes" }).click();
    await eventually(async () => {
      assert.match(await explorer.locator(".changesView .summary").innerText(), /7\.6 GB to 2\.6 GB \(-5 GB\)/);
    });
    await page.screenshot({ path: await screenshotPath("closure changes") });
    await explorer.getByLabel("Compare with").selectOption("revision");
    await page.locator(".quick-input-widget input").waitFor();
    await page.keyboard.press("Enter");
    await eventually(async () => {
      assert.match(
        await explorer.locator(".changesView .summary").innerText(),
        /^Compared with HEAD~1: 7\.6 GB to 2\.6 GB/,
      );
    }, measuringMs);
  });

  test("after a restart lens and explorer are there again, without a measurement", async () => {
    const { page } = vscode;
    // With a file in its address, a window opens that one alone when it is reloaded.
    const address = new URL(page.url());
    address.searchParams.delete("payload");
    await page.goto(address.href);
    await openFile(page, "flake.nix");
    await openExplorer(page);
    const explorer = explorerFrame(page);
    await reloadWindow(page);
    await explorer.locator("header").waitFor({ timeout: 60_000 });
    assert.match(await explorer.locator("header").innerText(), /vps-ultraman\s*2\.6 GB/);
    await openFile(page, "flake.nix");
    await eventually(async () => assert.match((await lenses(page)).join("\n"), /2\.6 GB · 972 paths · -5 GB/));
  });

  test("what the command measures in a terminal shows up in the editor", async () => {
    const { page } = vscode;
    await registerHost(store, flake, "mothra");
    await openFile(page, "flake.nix");
    const command = ["closure", `${flake}#mothra`, "--format", "json"];
    await execa(process.execPath, [join(root, "out/cli.cjs"), ...command], { env: store.env });
    await eventually(async () => assert.match((await lenses(page)).join("\n"), /GB · \d+ paths \| Analyze[^\n]*$/));
  });

  test("with onSave a host that was measured is weighed again when a file of the flake is saved", async () => {
    const { page } = vscode;
    const settings = { "nixosVps.closure.measure": "onSave" };
    await mkdir(join(flake, ".vscode"));
    await writeFile(join(flake, ".vscode/settings.json"), JSON.stringify(settings));
    const measured = measurementStore(join(store.directory, "nixos-vps/closures"));
    const before = measured.history(flake, articleHost).at(-1)?.measuredAt ?? "";
    await openFile(page, "modules/hey.nix");
    await clickText(page, "tmux");
    await page.keyboard.press("End");
    await page.keyboard.type(" ");
    await page.keyboard.press("Control+S");
    await eventually(async () => {
      const after = measured.history(flake, articleHost).at(-1)?.measuredAt ?? "";
      assert.ok(after > before, `still measured ${after}`);
    }, measuringMs);
  });
});

suite("a nix that cannot be run", () => {
  let vscode: VsCode;

  before(async () => {
    vscode = await startVsCode({ file: "flake.nix", settings: { "nixosVps.nix.path": "/nowhere/bin/nix" } });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(() => vscode?.stop());

  test("is one message with the setting to change", async () => {
    const { page } = vscode;
    await eventually(async () => assert.match(await languageStatus(page), /NixOS VPS: ready/));
    await runCommand(page, "NixOS VPS: Measure Closure");
    await quickInputEntries(page).filter({ hasText: "vps-ultraman" }).first().click();
    await eventually(async () =>
      assert.match((await notifications(page)).join("\n"), /\/nowhere\/bin\/nix cannot be run as Nix/),
    );
    // The one that showed what is being done goes.
    await eventually(async () => assert.equal((await notifications(page)).length, 1));
    await page.locator(".notification-toast").getByRole("button", { name: "Open Setting" }).click();
    await page
      .locator(".settings-editor")
      .getByText("nixosVps.nix.path")
      .or(page.locator(".settings-editor").getByText("Absolute path of the"))
      .first()
      .waitFor();
  });
});
