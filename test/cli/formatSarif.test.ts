import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import Ajv from "ajv-draft-04";
import addFormats from "ajv-formats";
import type { Report } from "../../cli/src/check/report.ts";
import { formatSarif } from "../../cli/src/formats/formatSarif.ts";
import { reportedFinding, reportOf } from "./reports.ts";

// The schema of SARIF 2.1.0 as the SARIF SDK publishes it. One of its patterns is no regular expression in Unicode mode.
const schema = createRequire(import.meta.url)("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
const validate = ajv.compile(schema);

const rule = {
  id: "persist-dir-shadows-etc",
  title: "A persisted directory hides generated files",
  summary: "What NixOS generates in the directory is hidden.",
  severity: "error",
  url: "https://example.org/rules/persist-dir-shadows-etc.md",
  page: "# persist-dir-shadows-etc\n",
} as const;

const region = { line: 4, column: 5, endLine: 4, endColumn: 15 };
const full: Report = {
  ...reportOf(
    reportedFinding({
      related: [{ ...region, path: "/flake/a b#.nix", message: "generated here" }],
      fix: {
        title: "Remove",
        edits: [
          { ...region, path: "/flake/modules/persist.nix", newText: "" },
          { ...region, endColumn: 5, path: "/flake/flake.nix", newText: "x" },
        ],
      },
    }),
    reportedFinding({ severity: "hint", occurrence: 1, path: "/elsewhere/a.nix" }),
  ),
  ruleFailures: [{ rule: "machine-id", path: "/flake/flake.nix", error: "it threw" }],
};

interface Log {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly object[] } };
    readonly originalUriBaseIds: object;
    readonly invocations: readonly { readonly toolExecutionNotifications: readonly object[] }[];
    readonly results: readonly Record<string, unknown>[];
  }[];
}

function sarif(report: Report, base = "/flake"): Log["runs"][number] {
  const log: unknown = JSON.parse(formatSarif(report, { toolVersion: "1.2.3", rules: [rule], base }));
  assert.ok(validate(log), JSON.stringify(validate.errors, undefined, 2));
  const [run] = (log as Log).runs;
  assert.ok(run);
  return run;
}

test("sarif validates against the 2.1.0 schema, empty and with everything a report can hold", () => {
  sarif(reportOf());
  sarif(full);
});

test("the schema check notices a wrong log", () => {
  const wrong = JSON.parse(formatSarif(full, { toolVersion: "1.2.3", rules: [rule], base: "/flake" }));
  wrong.runs[0].results[0].level = "fatal";
  assert.equal(validate(wrong), false);
});

test("sarif describes its rules, with the page for those who cannot open the address", () => {
  assert.deepEqual(sarif(full).tool.driver.rules, [
    {
      id: rule.id,
      shortDescription: { text: rule.title },
      fullDescription: { text: rule.summary },
      defaultConfiguration: { level: "error" },
      helpUri: rule.url,
      help: { text: rule.summary, markdown: rule.page },
      properties: { tags: ["nixos"] },
    },
  ]);
});

test("sarif results say place, other places and fixes below the checkout", () => {
  const run = sarif(full);
  const [first, second] = run.results;
  const place = { startLine: 4, startColumn: 5, endLine: 4, endColumn: 15 };
  const inCheckout = (uri: string): object => ({ uri, uriBaseId: "%SRCROOT%" });
  assert.deepEqual(run.originalUriBaseIds, { "%SRCROOT%": { uri: "file:///flake/" } });
  assert.deepEqual(first?.["locations"], [
    { physicalLocation: { artifactLocation: inCheckout("modules/persist.nix"), region: place } },
  ]);
  assert.deepEqual(first?.["relatedLocations"], [
    {
      id: 1,
      message: { text: "generated here" },
      physicalLocation: { artifactLocation: inCheckout("a%20b%23.nix"), region: place },
    },
  ]);
  assert.deepEqual(first?.["fixes"], [
    {
      description: { text: "Remove" },
      artifactChanges: [
        {
          artifactLocation: inCheckout("modules/persist.nix"),
          replacements: [{ deletedRegion: place, insertedContent: { text: "" } }],
        },
        {
          artifactLocation: inCheckout("flake.nix"),
          replacements: [{ deletedRegion: { ...place, endColumn: 5 }, insertedContent: { text: "x" } }],
        },
      ],
    },
  ]);
  assert.equal(second?.["level"], "note");
  assert.deepEqual(second?.["locations"], [
    { physicalLocation: { artifactLocation: { uri: "file:///elsewhere/a.nix" }, region: place } },
  ]);
});

test("sarif names files relative to the checkout when the flake is a directory of it", () => {
  const [result] = sarif(reportOf(reportedFinding()), "/").results;
  assert.match(JSON.stringify(result?.["locations"]), /"uri":"flake\/modules\/persist\.nix"/);
});

test("sarif fingerprints stay when a finding moves and differ between findings", () => {
  const fingerprintOf = (different: Parameters<typeof reportedFinding>[0]): string =>
    JSON.stringify(sarif(reportOf(reportedFinding(different))).results[0]?.["partialFingerprints"]);
  const original = fingerprintOf({});
  assert.match(original, /^\{"findingText\/v1":"[0-9a-f]{32}"\}$/);
  assert.equal(fingerprintOf({ line: 40, endLine: 40, column: 9, message: "reworded", severity: "hint" }), original);
  assert.equal(fingerprintOf({ lines: ['\t"/etc/ssh"  '] }), original);
  for (const different of [
    { rule: "machine-id" },
    { occurrence: 1 },
    { lines: ['"/etc/nix"'] },
    { path: "/flake/b.nix" },
  ])
    assert.notEqual(fingerprintOf(different), original, JSON.stringify(different));
});

test("sarif tells that a rule failed", () => {
  assert.match(
    JSON.stringify(sarif(full).invocations[0]?.toolExecutionNotifications),
    /The rule machine-id failed: it threw/,
  );
});
