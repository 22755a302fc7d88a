import assert from "node:assert/strict";
import { test } from "node:test";
import { hasFlakes, parseNixVersion } from "../../../core/src/nix/nixVersion.ts";

const versions: readonly (readonly [string, string, number, number, boolean])[] = [
  ["nix (Nix) 2.3.16", "cppnix", 2, 3, false],
  ["nix (Nix) 2.4pre20210908_3c56f62", "cppnix", 2, 4, true],
  ["nix (Nix) 2.8.0", "cppnix", 2, 8, true],
  ["nix (Nix) 2.34.1", "cppnix", 2, 34, true],
  ["nix (Nix) 2.35.0pre20260101_abc", "cppnix", 2, 35, true],
  ["nix (Lix, like Nix) 2.93.3", "lix", 2, 93, true],
  ["warning: something\nnix (Determinate Nix 3.8.5) 2.30.2", "determinate", 2, 30, true],
];
for (const [text, implementation, major, minor, flakes] of versions) {
  test(`nix --version: ${text.split("\n").at(-1)}`, () => {
    const version = parseNixVersion(`${text}\n`);
    assert.deepEqual(version && [version.implementation, version.major, version.minor], [implementation, major, minor]);
    assert.equal(version && hasFlakes(version), flakes);
  });
}

test("what is no version is none", () => assert.equal(parseNixVersion("nom 2.1"), undefined));
