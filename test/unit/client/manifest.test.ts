import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ruleCatalogue } from "../../../client/src/ruleCatalogue.ts";
import { severities } from "../../../core/src/rules/finding.ts";
import { rules } from "../../../core/src/rules/registry.ts";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const { properties } = manifest.contributes.configuration;

test("the setting nixosVps.rules lists every rule with its summary, in the order of the registry", () => {
  assert.deepEqual(
    ruleCatalogue(manifest),
    rules.map(({ id, summary }) => ({ id, description: summary })),
  );
});

test("every rule can have every severity, or be off", () => {
  for (const { id } of rules) {
    assert.deepEqual(properties["nixosVps.rules"].properties[id].enum, [...severities, "off"], id);
  }
});

test("every rule has a documentation page, and every page a rule", () => {
  assert.deepEqual(readdirSync("docs/rules").sort(), rules.map(({ id }) => `${id}.md`).sort());
});

test("every setting has a scope and says what it is for", () => {
  for (const [name, setting] of Object.entries<Record<string, unknown>>(properties)) {
    assert.ok(setting["scope"], `${name} has no scope`);
    assert.ok(setting["markdownDescription"], `${name} has no description`);
  }
});

test("a step of the walkthrough is ticked off by what was done; only the first one by a view, which opens with it", () => {
  const [{ steps }] = manifest.contributes.walkthroughs;
  assert.ok(steps.length <= 6);
  for (const { id, completionEvents } of steps) {
    assert.ok(completionEvents.length > 0, id);
    const events = id === "flake" ? /^on(View|Context):nixosVps\./ : /^on(Command|Context):nixosVps\./;
    for (const event of completionEvents) assert.match(event, events, id);
  }
});

test("what a condition of the manifest asks for is one of the context keys that are kept", () => {
  const keepers = ["welcomeState", "runsState", "walkthroughState"];
  const kept = keepers.map((name) => readFileSync(`client/src/views/${name}.ts`, "utf8")).join();
  const conditions = JSON.stringify(manifest.contributes).matchAll(/"(?:(?:when|enablement)":"|onContext:)([^"]*)"/g);
  const keys = [...conditions].flatMap(([, when = ""]) => when.match(/(?<!== )\bnixosVps\.\w+/g) ?? []);
  for (const key of ["nixosVps.flakes", "nixosVps.isWalkthroughOpened"]) assert.ok(keys.includes(key));
  for (const key of keys) assert.ok(kept.includes(`"${key}"`), key);
});

test("every command is in the same category", () => {
  for (const { command, category } of manifest.contributes.commands) assert.equal(category, "NixOS VPS", command);
});
