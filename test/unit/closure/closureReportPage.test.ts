import assert from "node:assert/strict";
import { test } from "node:test";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import { closureReportPage } from "../../../core/src/closure/closureReportPage.ts";
import { syntheticClosure } from "../../syntheticClosure.ts";
import { outlinedMeasurement } from "./closures.ts";

test("the report needs nothing from elsewhere and runs nothing", () => {
  const page = closureReportPage(analyseClosure(syntheticClosure(400)));
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|\bon\w+=/i);
  assert.match(page, /default-src 'none'/);
});

test("it holds the treemap, the modules, the advice and the paths", () => {
  const page = closureReportPage(analyseClosure(syntheticClosure(400)));
  for (const text of ["<svg", "What modules add", "modules/hey.nix", "What could go", "The heaviest 300 of"])
    assert.ok(page.includes(text), text);
});

test("names with HTML are text", () => {
  const name = '<img src=x onerror="alert(1)">&';
  const measurement = outlinedMeasurement({ system: [1, name], [name]: [1e9] }, { host: "<b>" });
  const page = closureReportPage(analyseClosure(measurement), { label: "<i>", measurement });
  assert.doesNotMatch(page, /<img|<b>|<i>/);
  assert.match(page, /&lt;img src=x onerror=&quot;alert\(1\)&quot;&gt;&amp;/);
});
