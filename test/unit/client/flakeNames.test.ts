import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flakeNames } from "../../../client/src/flakeNames.ts";

test("a flake is called by its directory, and by those above it where another one is called the same", () => {
  const flakes = ["/home/me/infra", "/home/me/work/infra", "/srv/work/infra", "/home/me/dotfiles"];
  assert.deepEqual([...flakeNames(flakes).values()], ["me/infra", "me/work/infra", "srv/work/infra", "dotfiles"]);
  assert.deepEqual([...flakeNames(["/infra", "/infra/infra", "/"]).values()], ["/infra", "infra/infra", ""]);
});

test("whatever the paths are, each flake has a name of its own that its path ends with", () => {
  const path = fc
    .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 5 })
    .map((parts) => `/${parts.join("/")}`);
  fc.assert(
    fc.property(fc.array(path), (flakes) => {
      const names = flakeNames(flakes);
      assert.equal(new Set(names.values()).size, new Set(flakes).size);
      for (const [flake, name] of names) assert.ok(flake.endsWith(name));
    }),
  );
});
