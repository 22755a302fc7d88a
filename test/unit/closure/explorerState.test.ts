import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createClosureModel } from "../../../media/closureExplorer/closureModel.ts";
import { restoredState, savedState } from "../../../media/closureExplorer/explorerState.ts";
import { outlinedMeasurement, storePath } from "./closures.ts";

const model = createClosureModel(outlinedMeasurement({ system: [1, "a", "b"], a: [2], b: [3] }), [], [], undefined);
const later = createClosureModel(outlinedMeasurement({ system: [1, "b"], b: [3] }), [], [], undefined);

suite("what the explorer keeps over a reload", () => {
  test("comes back as it was", () => {
    const state = {
      ...restoredState(undefined, model),
      view: "table",
      size: "own",
      selected: 1,
      ticked: new Set([1, 2]),
    } as const;
    const kept = JSON.parse(JSON.stringify(savedState(state, model)));
    const { sort: _sort, search: _search, ...restored } = restoredState(kept, model);
    const { sort: _otherSort, search: _otherSearch, ...wanted } = state;
    assert.deepEqual(restored, wanted);
  });

  test("follows paths to their new places; those that are gone are forgotten", () => {
    const state = { ...restoredState(undefined, model), focus: 1, selected: 2, ticked: new Set([1, 2]) };
    const restored = restoredState(savedState(state, model), later);
    assert.equal(later.measurement.paths[restored.selected ?? -1]?.path, storePath("b"));
    assert.deepEqual([...restored.ticked], [1]);
    assert.equal(restored.focus, 0);
  });

  test("may be anything", () => {
    for (const kept of [null, 1, [], { view: "none", size: 3, ticked: "x", focus: {}, selected: "/nix" }])
      assert.deepEqual(restoredState(kept, model), restoredState(undefined, model), JSON.stringify(kept));
  });
});
