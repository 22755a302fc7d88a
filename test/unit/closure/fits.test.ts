import assert from "node:assert/strict";
import { test } from "node:test";
import { forecastMemory, stockInitrdMiB } from "../../../core/src/bootstrap/memoryForecast.ts";
import { unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { closureFit } from "../../../core/src/closure/fits.ts";

const mib = 2 ** 20;

test("nothing is said of a machine that is not known", () => {
  assert.equal(closureFit(2.6e9, {}), undefined);
  assert.equal(closureFit(2.6e9, { facts: unknownFacts }), undefined);
});

const disks: readonly (readonly [closure: number, disk: number, verdict: string, action: string])[] = [
  [2.6e9, 20e9, "ok", "nothing"],
  [7.6e9, 10e9, "tight", "Collect garbage before each update, and keep no older generation."],
  [7.6e9, 8e9, "blocked", "Make the closure smaller by 360 MB."],
];
for (const [closure, diskBytes, verdict, action] of disks) {
  test(`${closure / 1e9} GB on a disk of ${diskBytes / 1e9} GB: ${verdict}`, () => {
    const fit = closureFit(closure, { diskBytes });
    assert.equal(fit?.verdict, verdict);
    const row = fit?.rows.find((each) => each.verdict === verdict);
    assert.equal(row?.action, action);
  });
}

test("sizes are whole bytes", () => {
  const rows = closureFit(7.6e9 + 1, { diskBytes: 20e9, ramBytes: 962_000_001 })?.rows ?? [];
  assert.ok(rows.length > 2);
  for (const { needBytes, haveBytes } of rows)
    assert.deepEqual([needBytes, haveBytes].map(Number.isInteger), [true, true]);
});

test("where the installer runs already, none is loaded", () => {
  const memory = { totalKiB: 962 * 1024, availableKiB: 300 * 1024 };
  const whatOf = (variantId: string): (string | undefined)[] => {
    const facts = { ...unknownFacts, memory, os: { id: "nixos", name: "NixOS", variantId } };
    return (closureFit(2.6e9, { facts })?.rows ?? []).map(({ what }) => what);
  };
  const loading = "the image is loaded and copied once";
  assert.ok(whatOf("").includes(loading));
  assert.ok(!whatOf("installer").includes(loading));
});

test("memory is judged as a bootstrap judges it, in its words", () => {
  const memory = { totalKiB: 962 * 1024, availableKiB: 700 * 1024 };
  const facts = { ...unknownFacts, memory };
  const forecast = forecastMemory(facts, { initrdMiB: stockInitrdMiB, diskoDependenciesMiB: 0, swapFile: "auto" });
  const rows = closureFit(2.6e9, { facts })?.rows;
  assert.deepEqual(
    rows?.map(({ what, needBytes, verdict, action }) => [what, needBytes / mib, verdict, action]),
    forecast?.map(({ what, needMiB, verdict, action }) => [what, needMiB, verdict, action]),
  );
  assert.equal(closureFit(2.6e9, { ramBytes: 512 * mib })?.verdict, "blocked");
  assert.equal(closureFit(2.6e9, { ramBytes: 4096 * mib })?.verdict, "ok");
});
