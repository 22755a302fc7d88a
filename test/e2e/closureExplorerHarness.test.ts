// The closure explorer in a page of its own, fed with closures that are made up.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { analyseClosure } from "../../core/src/closure/analyseClosure.ts";
import { closureReportPage } from "../../core/src/closure/closureReportPage.ts";
import type { ExplorerAsks, ExplorerShows } from "../../core/src/closure/explorerMessages.ts";
import type { Measurement } from "../../core/src/closure/measurement.ts";
import { syntheticClosure } from "../syntheticClosure.ts";
import { outlinedMeasurement } from "../unit/closure/closures.ts";
import { type HarnessServer, type PanelHarness, startHarness } from "./panelHarness.ts";
import type { ThemeName } from "./themes.ts";
import { screenshotPath } from "./vscode.ts";

type Explorer = PanelHarness<ExplorerShows, ExplorerAsks>;

let server: HarnessServer;
let explorer: Explorer;

before(async () => {
  server = await startHarness();
});
after(() => server.stop());
beforeEach(async () => {
  explorer = await server.open("closureExplorer");
});
afterEach(async () => {
  assert.deepEqual(await explorer.violations(), [], "the policy of the panel was broken");
  assert.deepEqual(explorer.complaints, []);
  await explorer.close();
});

const measuredAt = new Date(Date.now() - 7 * 60_000).toISOString();
const closure = shows(syntheticClosure(972, { measuredAt }));
const before5Months = outlinedMeasurement({ system: [1, "glibc-2.39"], "glibc-2.39": [30e6] });

function shows(
  measurement: Measurement,
  more: Partial<Extract<ExplorerShows, { kind: "closure" }>> = {},
): ExplorerShows {
  return {
    kind: "closure",
    measurement,
    notices: [
      { severity: "warning", text: "The closure has 6.6 GB, 3.6 GB more than the 3 GB it may have." },
      { severity: "information", text: "Fits 20 GB disk and 1 GB RAM." },
    ],
    choices: [
      { id: "measurement:/nix/store/x", label: "what was measured yesterday (6.5 GB)" },
      { id: "revision", label: "a git revision..." },
    ],
    ...more,
  };
}

const asked = async (): Promise<ExplorerAsks[]> => (await explorer.asked()).filter(({ kind }) => kind !== "ready");
const tab = (name: string): Promise<void> => explorer.page.getByRole("tab", { name }).click();
const names = (): Promise<string[]> => explorer.page.locator(".grid .body .row .name").allInnerTexts();
/** The name on an area of the treemap; a click goes through it. */
const cell = (name: string) => explorer.page.locator(".treemap text", { hasText: name }).first();
const through = { force: true };
/** Numbers of the grid that is shown for which their place is too small. */
const cutNumbers = (): Promise<string[]> =>
  explorer.page.locator(".grid").evaluateAll((grids) =>
    grids.flatMap((grid) => {
      const end = grid.getBoundingClientRect().right;
      const isCut = (cell: Element): boolean =>
        cell.scrollWidth > cell.clientWidth || cell.getBoundingClientRect().right > end;
      return [...grid.querySelectorAll(".row .number")].filter(isCut).map((cell) => cell.textContent ?? "");
    }),
  );
const drawn = async (): Promise<string> => (await explorer.page.locator(".treemap text").allTextContents()).join("\n");

const views = ["Treemap", "Table", "Packages", "Modules", "Advice", "Changes"];
for (const view of views) {
  test(`${view}: fits from 300 pixels on, in every theme`, async () => {
    for (const theme of ["light", "dark", "high contrast"] satisfies ThemeName[]) {
      for (const width of [300, 700, 1400]) {
        await explorer.show(theme, width);
        await explorer.send({ ...closure, baseline: { label: "HEAD~1", measurement: before5Months } } as ExplorerShows);
        await tab(view);
        if (view === "Treemap" || view === "Table") {
          const zbar = view === "Table" ? explorer.page.locator(".row", { hasText: "zbar" }).first() : cell("zbar");
          await zbar.click(view === "Table" ? {} : through);
        }
        const wide = await explorer.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `${theme}, ${width} pixels: ${wide} pixels too wide`);
        assert.deepEqual(await cutNumbers(), [], `${theme}, ${width} pixels: numbers are cut off`);
        const path = await screenshotPath(`explorer ${view} ${theme} ${width}`);
        await explorer.page.screenshot({ path, fullPage: true });
      }
    }
  });
}

test("a click zooms into what vanishes together, the trail leads out, and all of it works by keyboard", async () => {
  await explorer.send(closure);
  const trail = explorer.page.locator(".trail");
  await cell("zbar").click(through);
  assert.equal((await trail.innerText()).replaceAll(/\s+/g, " "), "Whole closure › system-path › zbar-0.23.93");
  await cell("opencv").click(through);
  assert.match(await trail.innerText(), /opencv-4\.11\.0$/);
  await explorer.page.locator(".treemap").press("Escape");
  await explorer.page.locator(".treemap").press("Escape");
  assert.match(await trail.innerText(), /system-path$/);
  assert.equal(await explorer.page.locator(".details h2").innerText(), "zbar-0.23.93");
  await explorer.page.locator(".treemap").press("Enter");
  await explorer.page.locator(".treemap").press("ArrowDown");
  assert.equal(await explorer.page.locator(".details h2").innerText(), "opencv-4.11.0");
  await explorer.page.locator(".treemap").press(" ");
  assert.match(await explorer.page.locator(".tickBar").innerText(), /Drop this path: -616 MB/);
  await explorer.page.getByRole("button", { name: "Whole closure" }).click();
  assert.equal(await trail.innerText(), "Whole closure");
});

test("what is searched for is marked in the treemap, counted, and alone in the table", async () => {
  await explorer.send(closure);
  await explorer.page.getByRole("searchbox").fill("RUSTC");
  assert.equal(await explorer.page.locator(".cell.found").count(), 2);
  assert.match(await explorer.page.locator(".searchBox").innerText(), /2 paths, 1\.4 GB/);
  await tab("Table");
  assert.deepEqual(await names(), ["rustc-1.86.0", "rustc-1.86.0-doc"]);
});

test("the three sizes, and own sizes by package", async () => {
  await explorer.send(closure);
  const { page } = explorer;
  await page.getByLabel("Own", { exact: true }).check();
  assert.match(await drawn(), /^clang-19\.1\.7-lib\n1\.1 GB$/m);
  await page.getByLabel("by package").check();
  assert.match(await drawn(), /^clang 19\.1\.7 {2}1\.2 GB$/m);
  await page.getByLabel("Closure", { exact: true }).check();
  assert.match(await page.locator(".hint").innerText(), /overlap/);
});

test("the table sorts, moves by keyboard, and has few of its rows in the document", async () => {
  await explorer.send(shows(syntheticClosure(10_000)));
  const { page } = explorer;
  await tab("Table");
  const grid = page.getByRole("grid");
  assert.equal(await grid.getAttribute("aria-rowcount"), "10001");
  assert.ok((await page.locator(".grid .body .row").count()) < 100);
  assert.equal((await names())[0], "nixos-system-vps-ultraman-26.05");
  await page.getByRole("columnheader", { name: "Own" }).click();
  assert.equal((await names())[0], "clang-19.1.7-lib");
  await page.getByRole("columnheader", { name: "Own" }).click();
  assert.equal(await page.locator("[aria-sort]").getAttribute("aria-sort"), "ascending");
  await grid.focus();
  await grid.press("End");
  await grid.press("Enter");
  assert.equal(await page.locator(".details h2").innerText(), "clang-19.1.7-lib");
  await grid.press(" ");
  assert.match(await page.locator(".tickBar").innerText(), /-1\.8 GB/);
});

test("ticks add up over the views, and can be taken back", async () => {
  await explorer.send(closure);
  const { page } = explorer;
  await tab("Modules");
  await page.getByRole("checkbox", { name: "Try without what modules/hey.nix adds" }).check();
  const bar = page.locator(".tickBar");
  assert.match(await bar.innerText(), /Drop these 2: -1\.1 GB · 5\.5 GB left/);
  await tab("Packages");
  await page.getByRole("checkbox", { name: "Try without linux-firmware 20250808" }).check();
  assert.match(await bar.innerText(), /Drop these 3: -1\.9 GB · 4\.7 GB left/);
  await page.getByRole("button", { name: "Copy as Markdown" }).click();
  const [copied] = await asked();
  assert.ok(copied?.kind === "copy" && /Without `zbar|Without `/.test(copied.text), JSON.stringify(copied));
  await page.getByRole("button", { name: "Clear" }).click();
  assert.match(await bar.innerText(), /Tick paths/);
});

test("packages that are there more than once", async () => {
  await explorer.send(closure);
  await tab("Packages");
  await explorer.page.getByLabel(/Only the \d+ that are there more than once/).check();
  await explorer.page.getByRole("searchbox").fill("openssl");
  assert.deepEqual(await explorer.page.locator(".row .version").allInnerTexts(), ["Version", "3.4.2", "3.0.17"]);
});

test("what the editor is asked for", async () => {
  await explorer.send(closure);
  const { page } = explorer;
  await cell("zbar").click(through);
  await page.getByRole("button", { name: "modules/hey.nix:21" }).click();
  await page.getByRole("button", { name: "Measure Again" }).click();
  await page.getByRole("button", { name: "Save as HTML" }).click();
  await page.getByLabel("Compare with").selectOption("revision");
  await tab("Advice");
  await page.getByRole("button", { name: "Copy", exact: true }).first().click();
  const messages = await asked();
  assert.deepEqual(messages.slice(0, 4), [
    { kind: "open", file: "modules/hey.nix", line: 21 },
    { kind: "measure" },
    { kind: "saveReport" },
    { kind: "compare", with: "revision" },
  ]);
  assert.equal(messages[4]?.kind, "copy");
});

test("before there is a measurement it can be asked for, and what is under way is said", async () => {
  const { page } = explorer;
  assert.deepEqual(await explorer.asked(), [{ kind: "ready" }]);
  await explorer.send({ kind: "unmeasured", host: "vps" });
  await page.getByRole("button", { name: "Measure" }).click();
  assert.deepEqual(await asked(), [{ kind: "measure" }]);
  await explorer.send({ kind: "activity", text: "Measuring: evaluating vps" });
  assert.match(await page.getByRole("status").first().innerText(), /evaluating vps/);
  await explorer.send({ kind: "activity", text: "" }, closure);
  assert.match(
    await page.locator("header").innerText(),
    /vps-ultraman\s*6\.6 GB\s*972 paths · measured \d+ minutes ago/,
  );
});

test("names with quotes and HTML are names, whatever else they try", async () => {
  const evil = `<img src=x onerror="document.title='owned'">'"&`;
  const measurement = outlinedMeasurement({ [evil]: [1e9, "b"], b: [2e9] }, { host: evil });
  const paths = measurement.paths.map((path) => ({
    ...path,
    addedBy: [{ file: evil, line: 1, option: evil, package: evil }],
  }));
  await explorer.send(
    shows(
      { ...measurement, paths },
      {
        notices: [{ severity: "warning", text: evil }],
        choices: [{ id: evil, label: evil }],
        baseline: { label: evil, measurement },
      },
    ),
  );
  for (const view of views) {
    await tab(view);
    assert.equal(await explorer.page.locator("img").count(), 0, view);
  }
  assert.equal(await explorer.page.locator("h1").innerText(), evil);
  assert.notEqual(await explorer.page.title(), "owned");
});

test("messages that are none are dropped", async () => {
  await explorer.send(closure);
  await explorer.page.evaluate(() => {
    for (const message of [null, "x", {}, { kind: "closure" }, { kind: "closure", measurement: { version: 1 } }])
      window.postMessage(message);
  });
  await explorer.send();
  assert.match(await explorer.page.locator("header").innerText(), /6\.6 GB/);
});

test("a circle of references, which no store has, is said", async () => {
  const measurement = outlinedMeasurement({ system: [1, "a"], a: [1, "b"], b: [1, "a"] });
  await explorer.send(shows(measurement));
  assert.match(await explorer.page.locator(".empty").innerText(), /refer to each other in a circle/);
});

test("what was chosen is there again after a reload", async () => {
  await explorer.send(closure);
  await tab("Table");
  await explorer.page.locator(".row", { hasText: "zbar" }).click();
  await explorer.page.getByRole("checkbox", { name: "Try without zbar-0.23.93" }).check();
  const again = await server.open("closureExplorer", await explorer.saved());
  try {
    await again.send(closure);
    assert.equal(await again.page.getByRole("tab", { selected: true }).innerText(), "Table");
    assert.equal(await again.page.locator(".details h2").innerText(), "zbar-0.23.93");
    assert.match(await again.page.locator(".tickBar").innerText(), /-620 MB/);
  } finally {
    await again.close();
  }
});

test("what a person hears who does not see it", async () => {
  await explorer.send(closure);
  await tab("Table");
  await explorer.page.getByRole("grid").press("ArrowDown");
  await explorer.page.getByRole("grid").press("Enter");
  assert.match(await explorer.page.locator(".announcement").innerText(), /^system-path, 4\.7 GB retained$/);
  const snapshot = await explorer.page.locator(".toolbar").ariaSnapshot();
  for (const part of [
    'tablist "Views"',
    'tab "Table" [selected]',
    'group "Size"',
    'radio "Retained" [checked]',
    'searchbox "Search paths by name"',
  ])
    assert.ok(snapshot.includes(part), `${part} is not in ${snapshot}`);
});

test("the report that is saved is a page by itself", async () => {
  const report = closureReportPage(analyseClosure(syntheticClosure(3000)), {
    label: "HEAD~1",
    measurement: before5Months,
  });
  for (const [name, colorScheme] of [
    ["light", "light"],
    ["dark", "dark"],
  ] as const) {
    await explorer.page.emulateMedia({ colorScheme });
    await explorer.page.goto("about:blank");
    await explorer.page.setContent(report);
    assert.match(await explorer.page.locator("h1").innerText(), /^Closure of vps-ultraman: \d/);
    await explorer.page.screenshot({ path: await screenshotPath(`explorer report ${name}`) });
  }
});
