import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv } from "ajv";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import { checkBudget, NoBudget, parseBudgets, strayBudgets } from "../../../core/src/closure/budget.ts";
import { root } from "../../../scripts/root.mjs";
import { outlinedMeasurement } from "./closures.ts";

const analysis = analyseClosure(
  outlinedMeasurement({
    "system-1": [0, "clang-17.0.6", "zbar-0.23"],
    "clang-17.0.6": [700e6, "clang-17.0.6-lib"],
    "clang-17.0.6-lib": [200e6],
    "zbar-0.23": [100e6],
  }),
);

test("a budget is kept, nearly used up, or exceeded by what it names", () => {
  const verdict = (budget: Parameters<typeof checkBudget>[1]): string => checkBudget(analysis, budget).verdict;
  assert.equal(verdict({}), "under");
  assert.equal(verdict({ maxClosure: 2e9 }), "under");
  assert.equal(verdict({ maxClosure: 1.05e9 }), "near");
  assert.equal(verdict({ maxClosure: 1e9 }), "near");
  assert.equal(verdict({ maxClosure: 1e9 - 1 }), "over");
  const { violations } = checkBudget(analysis, {
    maxClosure: 400e6,
    maxPath: 200e6,
    forbid: ["clang-*-lib", "z?ar-*"],
  });
  assert.deepEqual(
    violations.map(({ kind, message }) => [kind, message]),
    [
      ["maxClosure", "The closure has 1 GB, 600 MB more than the 400 MB it may have."],
      ["maxPath", "clang-17.0.6 has 700 MB, more than the 200 MB a path may have."],
      ["forbid", 'clang-17.0.6-lib is forbidden by "clang-*-lib".'],
      ["forbid", 'zbar-0.23 is forbidden by "z?ar-*".'],
    ],
  );
});

test("patterns are no regular expressions", () => {
  for (const pattern of ["clang", ".*", "(", "zbar-0[.]23"])
    assert.deepEqual(checkBudget(analysis, { forbid: [pattern] }).violations, []);
});

const good = {
  $schema: "./nixos-vps.schema.json",
  hosts: { vps: { maxClosure: "3 GB", maxPath: 500e6, forbid: ["clang-*"] }, other: {} },
};
const bad: readonly (readonly [value: unknown, message: string])[] = [
  [[], 'nixos-vps.json is no JSON object, such as { "hosts": {} }.'],
  [{ host: {} }, "nixos-vps.json: host is not known; hosts can stand there."],
  [{ hosts: [] }, "nixos-vps.json: hosts is no JSON object."],
  [{ hosts: { vps: 3 } }, "nixos-vps.json: hosts.vps is no JSON object."],
  [
    { hosts: { vps: { maxclosure: "3 GB" } } },
    "nixos-vps.json: hosts.vps.maxclosure is not known; maxClosure, maxPath, forbid can stand there.",
  ],
  [
    { hosts: { vps: { maxClosure: "3 apples" } } },
    'nixos-vps.json: hosts.vps.maxClosure is no size such as "3 GB": "3 apples"',
  ],
  [{ hosts: { vps: { maxPath: -1 } } }, 'nixos-vps.json: hosts.vps.maxPath is no size such as "3 GB": -1'],
  [
    { hosts: { vps: { forbid: "clang" } } },
    'nixos-vps.json: hosts.vps.forbid is no list of patterns such as "clang-*".',
  ],
];

test("the file is read, and what is wrong in it is said", () => {
  assert.deepEqual(
    [...parseBudgets(JSON.stringify(good))],
    [
      ["vps", { maxClosure: 3e9, maxPath: 500e6, forbid: ["clang-*"] }],
      ["other", {}],
    ],
  );
  for (const [value, message] of bad) assert.throws(() => parseBudgets(JSON.stringify(value)), new NoBudget(message));
  assert.deepEqual([...parseBudgets('\uFEFF{ "hosts": { "vps": {} } }').keys()], ["vps"]);
  assert.throws(() => parseBudgets("{"), /^NoBudget: nixos-vps\.json is no JSON: /);
});

test("a budget of no host is told from one of a host, where the hosts are known", () => {
  const budgets = parseBudgets('{ "hosts": { "vps": {}, "vsp": { "maxClosure": "3 GB" } } }');
  assert.deepEqual(strayBudgets(budgets, ["vps", "web"]), [
    "nixos-vps.json: hosts.vsp is none of the flake's hosts (vps, web), so nothing is held against that budget.",
  ]);
  assert.deepEqual(strayBudgets(budgets, []), []);
});

test("the schema that editors complete and check by takes and refuses the same", () => {
  const validate = new Ajv().compile(
    JSON.parse(readFileSync(join(root, "media/schemas/nixos-vps.schema.json"), "utf8")),
  );
  assert.equal(validate(good), true);
  for (const [value] of bad) assert.equal(validate(value), false, JSON.stringify(value));
});
