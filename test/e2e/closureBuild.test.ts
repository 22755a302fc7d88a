import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, suite, type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { eventually } from "../eventually.ts";
import { type TemporaryStore, temporaryStore } from "../nix/temporaryStore.ts";
import { clickLens, explorerFrame, lenses } from "./closureParts.ts";
import {
  answerNotification,
  notificationList,
  notifications,
  openFile,
  quickInputEntries,
  runCommand,
} from "./editor.ts";
import { journal, writeRun } from "./recordedRuns.ts";
import { keepPictureOfFailure, screenshotPath, startVsCode, type VsCode } from "./vscode.ts";

/** Evaluating, building and weighing take seconds, on a busy machine more. */
const measuringMs = 120_000;

/** Hosts without nixpkgs, whose systems are really built: one of three paths, and one whose build fails. */
const flakeText = `{
  outputs = _:
    let
      made = name: script: derivation {
        inherit name;
        system = "x86_64-linux";
        builder = "/bin/sh";
        args = [ "-c" script ];
      };
      firmware = made "firmware-20240513" "printf '%03000000d' 0 > $out";
      shell = made "shell-5.2" "printf '%0300000d' 0 > $out";
      system = made "nixos-system-vps-26.05" "echo \${firmware} \${shell} > $out";
    in
    {
      nixosConfigurations.vps.config.system.build.toplevel = system;
      nixosConfigurations.broken.config.system.build.toplevel = made "nixos-system-broken" "echo no compiler >&2; exit 1";
      nixosConfigurations.wrong.config.system.build.toplevel = import ./wrong.nix;
    };
}
`;

suite("a host that is not built, for a machine that a bootstrap has seen", () => {
  let store: TemporaryStore;
  let flake: string;
  let report: string;
  let vscode: VsCode;

  before(async () => {
    store = temporaryStore();
    flake = join(store.directory, "flake");
    report = join(store.directory, "closure of vps.html");
    mkdirSync(flake);
    writeFileSync(join(flake, "flake.nix"), flakeText);
    writeFileSync(join(flake, "wrong.nix"), "let\n  web = { };\nin\nweb.port\n");
    await writeRun(stateOf(store), "20261125T181220Z-vps-0001", journal("copyCutOffThenResumed"), {
      flake,
      host: "vps",
    });
    vscode = await startVsCode({ file: "flake.nix", open: flake, environment: store.env });
  });
  afterEach((context) => keepPictureOfFailure(context as TestContext, vscode.page));
  after(async () => {
    await vscode?.stop();
    store.remove();
  });

  test("Measure says what a build would take and builds nothing; nothing waits for the answer", async () => {
    const { page } = vscode;
    await eventually(async () => assert.match((await lenses(page))[0] ?? "", /^closure not measured \| Measure/));
    await clickLens(page, "Measure");
    await eventually(async () => {
      assert.match((await notifications(page)).join("\n"), /^vps is not built: 3 to build\.$/m);
    }, measuringMs);
    await eventually(async () => assert.match((await lenses(page))[0] ?? "", /^closure not measured \| Measure/));
    assert.deepEqual(await builtSystems(store), []);
    await page.screenshot({ path: await screenshotPath("closure notBuilt") });
  });

  test("Build and Measure builds it, and the lens says whether it fits the machine of the last bootstrap", async () => {
    const { page } = vscode;
    await answerNotification(page, "vps is not built", "Build and Measure");
    await eventually(async () => {
      assert.match(
        (await lenses(page))[0] ?? "",
        /^3\.3 MB · 3 paths · fits 4\.3 GB disk · tight in 911 MiB RAM \| Analyze/,
      );
    }, measuringMs);
    assert.equal((await builtSystems(store)).length, 1);
  });

  test("a bootstrap that is added is asked at once: of several disks those that it partitions", async () => {
    const events = onTwoDisks(journal("copyCutOffThenResumed"));
    await writeRun(stateOf(store), "20261126T181220Z-vps-0002", events, { flake, host: "vps" });
    await eventually(async () => {
      assert.match((await lenses(vscode.page))[0] ?? "", / · fits 24 GB of disks · tight in 911 MiB RAM \| Analyze/);
    });
  });

  test("a build that fails is told with what it said", async () => {
    const { page } = vscode;
    await runCommand(page, "NixOS VPS: Measure Closure");
    await quickInputEntries(page).filter({ hasText: "broken" }).first().click();
    await answerNotification(page, "broken is not built: 1 to build.", "Build and Measure", measuringMs);
    await eventually(async () => {
      assert.match(
        (await notificationList(page)).join("\n"),
        /nixos-system-broken\.drv' failed with exit code 1; its log ends with: no compiler/,
      );
    }, measuringMs);
    await page.screenshot({ path: await screenshotPath("closure buildFailed") });
    await runCommand(page, "Notifications: Clear All Notifications");
  });

  test("an evaluation that fails is told with its place, which opens", async () => {
    const { page } = vscode;
    await runCommand(page, "NixOS VPS: Measure Closure");
    await quickInputEntries(page).filter({ hasText: "wrong" }).first().click();
    const said = "Evaluation of wrong failed at wrong.nix:4:1: attribute 'port' missing";
    await eventually(async () => assert.ok((await notifications(page)).join("\n").includes(said)), measuringMs);
    await page.screenshot({ path: await screenshotPath("closure evaluationFailed") });
    await answerNotification(page, said, "Open File");
    await eventually(async () => {
      assert.equal(await page.locator(".tab.active").getAttribute("data-resource-name"), "wrong.nix");
      assert.match(await page.locator(".statusbar").innerText(), /Ln 4, Col 1/);
    });
  });

  test("Save as HTML asks where, and writes it there", async () => {
    const { page } = vscode;
    await openFile(page, "flake.nix");
    await clickLens(page, "Analyze");
    const explorer = explorerFrame(page);
    await explorer.getByRole("button", { name: "Save as HTML" }).click();
    const input = page.locator(".quick-input-widget input");
    await eventually(async () => assert.equal(await input.inputValue(), join(flake, "closure-vps.html")));
    await input.fill(report);
    await page.screenshot({ path: await screenshotPath("closure saveReport") });
    await eventually(async () => {
      // What is typed is looked up first; an Enter that comes before is lost.
      if (await input.isVisible()) await input.press("Enter");
      assert.match((await notifications(page)).join("\n"), new RegExp(`The report is in ${report}`));
    });
    assert.match(await readFile(report, "utf8"), /<title>Closure of vps<\/title>/);
  });

  test("the file shows treemap and table in a browser, without anything from elsewhere", async () => {
    const browser = vscode.page.context().browser();
    assert.ok(browser);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    const address = new URL(`file://${report}`).href;
    await page.goto(address);
    await page.getByRole("heading", { name: "Closure of vps: 3.3 MB" }).waitFor();
    const cells = page.getByRole("img", { name: "Treemap of retained sizes" }).locator("g");
    assert.deepEqual(await cells.locator("title").allTextContents(), [
      "nixos-system-vps-26.05 3.3 MB",
      "firmware-20240513 3 MB",
      "shell-5.2 300 kB",
    ]);
    assert.ok(((await cells.nth(1).boundingBox())?.width ?? 0) > 500, "the heaviest has no area");
    await page.getByRole("row", { name: "firmware-20240513 3 MB 3 MB 3 MB" }).waitFor();
    assert.equal(await isStyled(page), true);
    assert.deepEqual([requests, complaints], [[address], []]);
    await page.screenshot({ path: await screenshotPath("closure report"), fullPage: true });
    await page.close();
  });
});

function stateOf(store: TemporaryStore): string {
  return store.env["NIXOS_VPS_STATE_DIR"] ?? "";
}

/** Systems in the store. */
async function builtSystems(store: TemporaryStore): Promise<string[]> {
  const paths = await store.nix("path-info", "--all");
  return paths.split("\n").filter((path) => /-nixos-system-vps-26\.05$/.test(path));
}

/** The run of a machine with a second disk of 20 GB, which its disko script partitions as well. */
function onTwoDisks(events: readonly RunEvent[]): RunEvent[] {
  const second = { name: "vdb", sizeBytes: 20e9, model: "unknown", serial: "data", mounts: [] } as const;
  return events.map((event) => {
    if (event.type === "noted" && event.notes.disks)
      return { ...event, notes: { ...event.notes, disks: ["/dev/vda", "/dev/vdb"] } };
    if (event.type !== "planned" || event.plan.facts.disks === "unknown") return event;
    const facts = { ...event.plan.facts, disks: [...event.plan.facts.disks, second] };
    return { ...event, plan: { ...event.plan, facts } };
  });
}

/** Whether the page's policy lets its own style sheet in: numbers stand at the right. */
async function isStyled(page: Page): Promise<boolean> {
  return page
    .locator("td.number")
    .first()
    .evaluate((cell) => getComputedStyle(cell).textAlign === "right");
}
