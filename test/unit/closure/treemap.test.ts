import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { layOutTreemap, type TreemapCell, type TreemapContent } from "../../../core/src/closure/treemap.ts";

const space = { width: 800, height: 500, band: 18 };

/** Things with their own bytes; the first is the whole, each other lies in the one whose number it has. */
function content(things: readonly (readonly [bytes: number, parent: number])[]): TreemapContent {
  const totals = things.map(([bytes]) => bytes);
  for (let id = things.length - 1; id > 0; id--) {
    const parent = things[id]?.[1] ?? 0;
    totals[parent] = (totals[parent] ?? 0) + (totals[id] ?? 0);
  }
  const bytesOf = (id: number): number => totals[id] ?? 0;
  return {
    root: 0,
    bytesOf,
    childrenOf: (id) =>
      things
        .flatMap(([, parent], child) => (child > 0 && parent === id ? [child] : []))
        .sort((a, b) => bytesOf(b) - bytesOf(a)),
  };
}

function isInside(inner: TreemapCell, outer: TreemapCell): boolean {
  const slack = 1e-6;
  return (
    inner.x >= outer.x - slack &&
    inner.y >= outer.y - slack &&
    inner.x + inner.width <= outer.x + outer.width + slack &&
    inner.y + inner.height <= outer.y + outer.height + slack
  );
}

function overlap(a: TreemapCell, b: TreemapCell): boolean {
  const slack = 1e-6;
  return (
    a.x + a.width > b.x + slack &&
    b.x + b.width > a.x + slack &&
    a.y + a.height > b.y + slack &&
    b.y + b.height > a.y + slack
  );
}

suite("the layout of a treemap", () => {
  test("areas of things side by side are in proportion to their bytes", () => {
    const cells = layOutTreemap(
      content([
        [0, 0],
        [600, 0],
        [300, 0],
        [100, 0],
      ]),
      { width: 1000, height: 1000, band: 0 },
    );
    const area = new Map(cells.map(({ id, width, height }) => [id, width * height]));
    const ratio = (area.get(1) ?? 0) / (area.get(3) ?? 1);
    assert.ok(Math.abs(ratio - 6) < 0.3, String(ratio));
  });

  test("the bytes of a cell are its own and those inside of it", () => {
    const cells = layOutTreemap(
      content([
        [5, 0],
        [10, 0],
        [20, 1],
        [40, 0],
      ]),
      space,
    );
    assert.deepEqual(
      cells.map(({ id, bytes }) => [id, bytes]),
      [
        [0, 75],
        [3, 40],
        [1, 30],
        [2, 20],
      ],
    );
  });

  test("what is too small to point at is left out, with all inside of it", () => {
    const cells = layOutTreemap(
      content([
        [0, 0],
        [1e9, 0],
        [1, 0],
        [1, 2],
      ]),
      space,
    );
    assert.deepEqual(
      cells.map(({ id }) => id),
      [0, 1],
    );
  });

  test("nothing of all is one empty cell", () => {
    assert.deepEqual(
      layOutTreemap(
        content([
          [0, 0],
          [0, 0],
        ]),
        space,
      ).map(({ id }) => id),
      [0],
    );
  });

  test("a chain of 100,000 things does no harm", () => {
    const chain: TreemapContent = {
      root: 0,
      bytesOf: (id) => 100_001 - id,
      childrenOf: (id) => (id < 100_000 ? [id + 1] : []),
    };
    assert.ok(layOutTreemap(chain, space).length > 0);
  });

  test("cells lie in what they belong to, and never on each other", () => {
    const things = fc
      .array(fc.tuple(fc.nat(1_000_000), fc.nat(1000)), { minLength: 1, maxLength: 60 })
      .map((all) => all.map(([bytes, parent], id): [number, number] => [bytes, id === 0 ? 0 : parent % id]));
    fc.assert(
      fc.property(things, (given) => {
        const cells = layOutTreemap(content(given), space);
        const byId = new Map(cells.map((cell) => [cell.id, cell]));
        for (const cell of cells.slice(1)) {
          const parent = given[cell.id]?.[1] ?? 0;
          const outer = byId.get(parent);
          assert.ok(outer && isInside(cell, outer), `${cell.id} is not inside of ${parent}`);
          const beside = cells.filter(({ id, depth }) => id > cell.id && depth === cell.depth);
          for (const other of beside) assert.ok(!overlap(cell, other), `${cell.id} lies on ${other.id}`);
        }
      }),
      { numRuns: 60 },
    );
  });
});
