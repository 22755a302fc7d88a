// The plan in the bootstrap panel, in a page of its own, for a machine of the lab as it was recorded.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { defaultChoices } from "../../core/src/bootstrap/defaultChoices.ts";
import { failureOf } from "../../core/src/bootstrap/failures.ts";
import type { ToPanel } from "../../core/src/bootstrap/panelMessages.ts";
import { assertPanelFits } from "./panelFits.ts";
import { type HarnessServer, type PanelHarness, startHarness } from "./panelHarness.ts";
import { planFor } from "./recordedRuns.ts";

let server: HarnessServer;
let panel: PanelHarness;

before(async () => {
  server = await startHarness();
});
after(() => server.stop());
beforeEach(async () => {
  panel = await server.open("bootstrapPanel");
});
afterEach(async () => {
  assert.deepEqual(await panel.violations(), [], "the policy of the panel was broken");
  await panel.close();
});

const asked = async (): Promise<unknown[]> => (await panel.asked()).filter(({ type }) => type !== "ready");

const states: Readonly<Record<string, ToPanel>> = {
  plan: planFor({ availableMiB: 620 }),
  "plan made again": { ...planFor({ availableMiB: 620 }), busy: "planning" },
  "plan that cannot work": planFor({ totalMiB: 703, availableMiB: 488, findings: true }),
  "plan that builds elsewhere": planFor({
    availableMiB: 800,
    buildHost: "builder@build-machine-7.intern.example.org:2222",
    buildHostFindings: [
      {
        id: "build-host-unreachable",
        severity: "error",
        message:
          "builder@build-machine-7.intern.example.org:2222 cannot build: ssh: connect to host build-machine-7.intern.example.org port 2222: Connection refused",
        remedy: failureOf("build-host-unreachable").remedy,
      },
    ],
  }),
};

for (const [name, message] of Object.entries(states)) {
  test(`${name}: fits from 300 pixels on, in every theme`, () => assertPanelFits(panel, name, message));
}

test("a plan says what it is: verdict, findings with their words, memory, point of no return, choices", async () => {
  await panel.send(states["plan that cannot work"] as ToPanel);
  const { page } = panel;
  assert.match(await page.getByRole("status").ariaSnapshot(), /It cannot work like this/);
  assert.ok(await page.getByRole("button", { name: "Start" }).isDisabled());
  const findings = await page.getByRole("region", { name: "Findings" }).ariaSnapshot();
  assert.match(findings, /listitem:\n\s+- paragraph:\n\s+- strong: Error/);
  assert.match(findings, /button "Show in File"/);
  const memory = await page.getByRole("region", { name: "Memory" }).ariaSnapshot();
  assert.match(memory, /Does not fit/);
  assert.match(memory, /Needs 788 MiB; there are 703 MiB/);
  await page.getByText("As a table").click();
  assert.equal(await page.getByRole("region", { name: "Memory" }).getByRole("row").count(), 6);
  const steps = page.getByRole("region", { name: "Steps" }).getByRole("listitem");
  assert.equal(await steps.count(), 14);
  assert.match((await steps.nth(8).textContent()) ?? "", /^Point of no return.*Partition and format the disk/);

  await page.getByRole("button", { name: "Show in File" }).first().click();
  await page.getByRole("checkbox", { name: "Go on in spite of persist-dir-shadows-etc" }).check();
  await page.getByRole("combobox", { name: "Patch the disko script" }).selectOption("always");
  await page.getByRole("button", { name: "Choose Folder..." }).click();
  assert.deepEqual(await asked(), [
    { type: "openFinding", file: "hosts/lab/persistence.nix", line: 14 },
    { type: "replan", choices: { ...defaultChoices, accept: ["persist-dir-shadows-etc"] } },
    { type: "replan", choices: { ...defaultChoices, patch: "always" } },
    { type: "chooseExtraFiles" },
  ]);
});

test("where it is built is chosen in the plan: here, the machine that was chosen, or another that is asked for natively", async () => {
  const { page } = panel;
  await panel.send(states["plan"] as ToPanel);
  const select = page.getByRole("combobox", { name: "Build on" });
  const options = (): Promise<string[]> => select.getByRole("option").allTextContents();
  assert.deepEqual(await options(), ["This computer and its Nix's builders", "Another machine..."]);
  await select.focus();
  await select.selectOption("Another machine...");
  const message = states["plan that builds elsewhere"] as Extract<ToPanel, { type: "plan" }>;
  const { choices, plan } = message;
  await panel.send(message);
  assert.deepEqual(await options(), ["This computer and its Nix's builders", plan.buildHost, "Another machine..."]);
  assert.equal(await select.inputValue(), "chosen");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "build-host");
  assert.match(
    (await page.getByRole("region", { name: "Steps" }).textContent()) ?? "",
    /on builder@build-machine-7\S+, and copied here from there; never on the target/,
  );
  assert.match((await page.locator("#verdict").textContent()) ?? "", /cannot build: ssh: connect to host .* refused/);
  await select.selectOption("This computer and its Nix's builders");
  assert.deepEqual(await asked(), [
    { type: "chooseBuildHost" },
    { type: "replan", choices: { ...choices, buildHost: null } },
  ]);
});

test("however many errors a plan has, its card is no longer than a few of them", async () => {
  const message = states["plan that cannot work"] as Extract<ToPanel, { type: "plan" }>;
  const errors = message.plan.preflight.filter(({ severity }) => severity === "error");
  const preflight = Array.from({ length: 40 }, () => errors).flat();
  await panel.send({ ...message, plan: { ...message.plan, preflight, forecast: [] } });
  const reasons = await panel.page.locator("#verdict li").allTextContents();
  assert.equal(reasons.length, 6);
  assert.equal(reasons.at(-1), `${preflight.length - 5} further errors are among the findings.`);
  assert.equal(await panel.page.locator(".finding.error").count(), preflight.length);
});

test("a plan that knows nothing of the memory promises nothing", async () => {
  const message = states["plan"] as Extract<ToPanel, { type: "plan" }>;
  const facts = { ...message.plan.facts, memory: "unknown" } as const;
  await panel.send({ ...message, plan: { ...message.plan, facts, forecast: [], verdict: "tight" } });
  assert.match(await panel.page.getByRole("status").ariaSnapshot(), /Ready, as far as is known/);
  const card = (await panel.page.locator("#verdict").textContent()) ?? "";
  assert.match(card, /Whether it works is not known: the facts do not say what memory the target has\./);
});

test("planning anew keeps the focus where it is, and a plan that works can be started by keyboard alone", async () => {
  const { page } = panel;
  const message = states["plan"] as Extract<ToPanel, { type: "plan" }>;
  await panel.send(message);
  await page.getByRole("combobox", { name: "Patch the disko script" }).focus();
  const again: ToPanel = { ...message, choices: { ...message.choices, patch: "always" } };
  await panel.send({ ...again, busy: "planning" });
  assert.ok(await page.getByRole("combobox", { name: "Patch the disko script" }).isDisabled());
  await panel.send(again);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "patch");

  await panel.send({ ...again, busy: "planning" });
  await page.getByText("As a table").focus();
  await panel.send(again);
  assert.notEqual(await page.evaluate(() => document.activeElement?.id), "patch");
  await page.getByRole("button", { name: "Start" }).focus();
  await page.keyboard.press("Enter");
  assert.deepEqual((await asked()).at(-1), { type: "start", choices: { ...message.choices, patch: "always" } });
});

test("while it is planned or started that can be left; a table that was opened stays open", async () => {
  const { page } = panel;
  const message = states["plan"] as Extract<ToPanel, { type: "plan" }>;
  await panel.send(message);
  assert.equal(await page.getByRole("button", { name: "Cancel" }).count(), 0);
  await page.getByText("As a table").click();
  for (const busy of ["planning", "starting"] as const) {
    await panel.send({ ...message, busy });
    await page.getByRole("button", { name: "Cancel" }).click();
    await panel.send(message);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Start");
    assert.ok(await page.getByRole("table").isVisible());
  }
  assert.deepEqual(await asked(), [{ type: "stop" }, { type: "stop" }]);
  await page.getByText("As a table").click();
  await panel.send(message);
  assert.ok(await page.getByRole("table").isHidden());
});
