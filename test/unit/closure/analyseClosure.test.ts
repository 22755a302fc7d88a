import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import { ClosureHasCycle, closureGraph } from "../../../core/src/closure/closureGraph.ts";
import type { Measurement } from "../../../core/src/closure/measurement.ts";
import { whyPath } from "../../../core/src/closure/whyPath.ts";
import { withoutPaths } from "../../../core/src/closure/withoutPaths.ts";
import { type ClosureOutline, outlinedMeasurement, storePath } from "./closures.ts";

/** References go from earlier to later paths, and every path but the first may be one that nothing reaches. */
const measurements = fc
  .array(
    fc.tuple(fc.nat(1000), fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { maxLength: 4 })),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((shape) => {
    const outline: Record<string, [number, ...string[]]> = {};
    shape.forEach(([bytes, draws], node) => {
      const later = shape.length - node - 1;
      const targets = new Set(later === 0 ? [] : draws.map((draw) => node + 1 + Math.floor(draw * Math.min(later, 8))));
      outline[`path-${node}`] = [bytes, ...[...targets].map((target) => `path-${target}`)];
    });
    return outlinedMeasurement(outline);
  });

/** What a path reaches when one is taken out, by the plainest walk there is. */
function reach({ paths }: Measurement, start: number, without = -1): Set<number> {
  const seen = new Set<number>();
  const visit = (node: number): void => {
    if (node === without || seen.has(node)) return;
    seen.add(node);
    for (const reference of paths[node]?.references ?? []) visit(reference);
  };
  visit(start);
  return seen;
}

function bytesOf({ paths }: Measurement, nodes: Iterable<number>): number {
  return [...nodes].reduce((sum, node) => sum + (paths[node]?.ownBytes ?? 0), 0);
}

test("retained sizes are what a walk without the path no longer finds, closure sizes what a walk from it finds", () => {
  fc.assert(
    fc.property(measurements, (measurement) => {
      const { graph, totalBytes, pathCount, retainedBytes, closureBytes } = analyseClosure(measurement);
      const all = reach(measurement, graph.root);
      assert.equal(totalBytes, bytesOf(measurement, all));
      assert.equal(pathCount, all.size);
      for (const node of measurement.paths.keys()) {
        const isReached = all.has(node);
        const left = bytesOf(measurement, reach(measurement, graph.root, node));
        assert.equal(retainedBytes[node], isReached ? totalBytes - left : 0);
        assert.equal(closureBytes[node], isReached ? bytesOf(measurement, reach(measurement, node)) : 0);
      }
    }),
    { numRuns: 500 },
  );
});

test("retained sizes of what has the same dominator add up to the dominator's, less its own", () => {
  fc.assert(
    fc.property(measurements, (measurement) => {
      const { graph, retainedBytes, dominators } = analyseClosure(measurement);
      const below = new Float64Array(graph.size);
      for (const node of graph.order) {
        const parent = dominators[node] as number;
        if (parent !== -1) below[parent] = (below[parent] as number) + (retainedBytes[node] as number);
      }
      for (const node of graph.order)
        assert.equal((below[node] as number) + (graph.ownBytes[node] as number), retainedBytes[node]);
    }),
  );
});

test("the order of the paths changes no number", () => {
  const shuffled = measurements.chain((measurement) =>
    fc
      .shuffledSubarray([...measurement.paths.keys()], {
        minLength: measurement.paths.length,
        maxLength: measurement.paths.length,
      })
      .map((places) => ({ measurement, places })),
  );
  fc.assert(
    fc.property(shuffled, ({ measurement, places }) => {
      const moved = {
        ...measurement,
        paths: places.map((place) => {
          const path = measurement.paths[place] as Measurement["paths"][number];
          return { ...path, references: path.references.map((to) => places.indexOf(to)).reverse() };
        }),
      };
      const [one, other] = [analyseClosure(measurement), analyseClosure(moved)];
      places.forEach((place, index) => {
        assert.equal(other.retainedBytes[index], one.retainedBytes[place]);
        assert.equal(other.closureBytes[index], one.closureBytes[place]);
        assert.equal(whyPath(other.graph, index).length, whyPath(one.graph, place).length);
      });
    }),
  );
});

test("a why-path is a chain of references from the root and none is shorter", () => {
  fc.assert(
    fc.property(measurements, (measurement) => {
      const graph = closureGraph(measurement);
      const distance = new Map([[graph.root, 0]]);
      for (const node of distance.keys())
        for (const to of measurement.paths[node]?.references ?? [])
          if (!distance.has(to)) distance.set(to, (distance.get(node) ?? 0) + 1);
      for (const node of measurement.paths.keys()) {
        const path = whyPath(graph, node);
        assert.equal(path.length - 1, distance.get(node) ?? -1);
        path.slice(1).forEach((to, index) => {
          assert.ok(measurement.paths[path[index] as number]?.references.includes(to));
        });
      }
    }),
  );
});

test("what is left without a set is what a walk without it finds, and the rest is freed", () => {
  const removals = fc.tuple(measurements, fc.array(fc.nat(59), { maxLength: 5 }));
  fc.assert(
    fc.property(removals, ([measurement, draws]) => {
      const removed = new Set(draws.map((draw) => draw % measurement.paths.length).filter((node) => node !== 0));
      const { graph, totalBytes } = analyseClosure(measurement);
      const cut = {
        ...measurement,
        paths: measurement.paths.map((path, node) => ({
          ...path,
          references: removed.has(node) ? [] : path.references.filter((to) => !removed.has(to)),
        })),
      };
      const left = reach(cut, graph.root);
      const remainder = withoutPaths(graph, removed);
      assert.equal(remainder.totalBytes, bytesOf(measurement, left));
      assert.equal(remainder.pathCount, left.size);
      assert.equal(remainder.freedBytes, totalBytes - remainder.totalBytes);
      for (const node of graph.order) assert.equal(remainder.vanishes[node] === 1, !left.has(node));
    }),
  );
});

test("the root cannot be taken out", () => {
  const { graph } = analyseClosure(outlinedMeasurement({ system: [1, "a"], a: [2] }));
  assert.equal(withoutPaths(graph, [graph.root]).totalBytes, 3);
});

test("paths in a circle are refused by their names", () => {
  const outline: ClosureOutline = { system: [1, "a"], a: [1, "b"], b: [1, "c"], c: [1, "b"] };
  assert.throws(
    () => analyseClosure(outlinedMeasurement(outline)),
    (error) =>
      error instanceof ClosureHasCycle &&
      error.message.endsWith(`: ${[storePath("b"), storePath("c"), storePath("b")].join(" -> ")}`),
  );
});

test("a chain of 100,000 paths is as well as any other closure", () => {
  const paths = Array.from({ length: 100_000 }, (_, node) => ({
    path: `/nix/store/${node}`,
    ownBytes: 1,
    references: node === 99_999 ? [] : [node + 1],
    addedBy: [],
  }));
  const { retainedBytes, closureBytes, graph } = analyseClosure({
    ...outlinedMeasurement({}),
    root: "/nix/store/0",
    paths,
  });
  assert.deepEqual([retainedBytes[0], retainedBytes[99_999], closureBytes[50_000]], [100_000, 1, 50_000]);
  assert.equal(whyPath(graph, 99_999).length, 100_000);
});
