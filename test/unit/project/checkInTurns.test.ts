import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createFlakeProject } from "../../../core/src/project/createFlakeProject.ts";
import type { FlakeProject } from "../../../core/src/project/flakeProject.ts";
import { defaultRuleSettings } from "../../../core/src/rules/ruleSettings.ts";
import { testParser } from "../markedSources.ts";

const rule = "persist-dir-shadows-etc";
const moduleNames = Array.from({ length: 1500 }, (_, index) => `m${index}.nix`);
const persistence = '{ environment.persistence."/persist".directories = [ "/etc/ssh" ]; }\n';

test("a check lets other work in between and leaves nothing to compute", async (t) => {
  const project = await largeProject(t);
  let turns = 0;
  const checked = project.check().then(() => "checked");
  while ((await Promise.race([checked, nextTurn("not yet")])) === "not yet") turns++;
  assert.ok(turns > 0);
  assert.deepEqual(places(project), ["/flake/persistence.nix"]);
  assert.equal(project.findings("/flake/persistence.nix"), project.findings("/flake/persistence.nix"));
});

test("a check that is overtaken by an edit or by settings answers for what holds then", async (t) => {
  const project = await largeProject(t);
  const checked = project.check();
  await nextTurn();
  project.openBuffer("/flake/persistence.nix", "{ }\n");
  project.openBuffer("/flake/m7.nix", persistence);
  await checked;
  assert.deepEqual(places(project), ["/flake/m7.nix"]);

  project.configure({ ...defaultRuleSettings, rules: { [rule]: "hint" } });
  const checkedAgain = project.check();
  await nextTurn();
  project.configure({ ...defaultRuleSettings, rules: { [rule]: "off" } });
  await checkedAgain;
  assert.deepEqual(places(project), []);
});

test("a check that changes keep overtaking ends all the same", async (t) => {
  const project = await largeProject(t);
  const checked = project.check().then(() => "checked");
  let edits = 0;
  while ((await Promise.race([checked, nextTurn("not yet")])) === "not yet") {
    edits++;
    for (const name of moduleNames)
      project.openBuffer(`/flake/${name}`, `{ services.edited${edits}.enable = true; }\n`);
  }
  assert.deepEqual(places(project), ["/flake/persistence.nix"]);
});

test("a check that is aborted rejects with the reason, and can be taken up again", async (t) => {
  const project = await largeProject(t);
  const controller = new AbortController();
  const checked = project.check(controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(checked, /enough/u);
  await project.check();
  assert.deepEqual(places(project), ["/flake/persistence.nix"]);
});

async function largeProject(t: test.TestContext): Promise<FlakeProject> {
  const project = createFlakeProject({
    root: "/flake",
    parser: await testParser(),
    settings: defaultRuleSettings,
    onRuleError: ({ error }) => assert.fail(String(error)),
  });
  t.after(() => project.dispose());
  for (const name of moduleNames)
    project.openBuffer(`/flake/${name}`, `{ services.${name.slice(0, -4)}.enable = true; }\n`);
  project.openBuffer("/flake/persistence.nix", persistence);
  const paths = ["persistence.nix", ...moduleNames].map((name) => `./${name}`).join(" ");
  project.openBuffer(
    "/flake/flake.nix",
    `{ outputs = { nixpkgs, ... }: { nixosConfigurations.vps = nixpkgs.lib.nixosSystem { modules = [ ${paths} ]; }; }; }\n`,
  );
  return project;
}

function places(project: FlakeProject): string[] {
  return project
    .findings()
    .filter((finding) => finding.rule === rule)
    .map(({ file }) => file);
}
