import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { analyseClosure, type ClosureAnalysis } from "../../core/src/closure/analyseClosure.ts";
import { at } from "../../core/src/closure/closureGraph.ts";
import { measureStorePath } from "../../core/src/closure/measuring/measureClosure.ts";
import { whyPath } from "../../core/src/closure/whyPath.ts";
import { nixVersion } from "../../core/src/nix/runNix.ts";
import { randomClosure } from "./randomClosure.ts";
import { type TemporaryStore, temporaryStore } from "./temporaryStore.ts";

const pathCount = 1000;
/** Processes of `nix why-depends` at a time. */
const atOnce = 4;

let store: TemporaryStore;
let root: string;
let analysis: ClosureAnalysis;

before(async () => {
  store = temporaryStore();
  Object.assign(process.env, store.env);
  const paths = randomClosure(`${store.directory}/store`, pathCount, 20260401);
  await store.register(paths.toReversed());
  root = paths[0]?.path ?? "";
  const version = await nixVersion();
  analysis = analyseClosure(await measureStorePath(root, { version, onProgress: () => undefined }));
});

after(() => store.remove());

test("own and closure sizes are those of nix path-info for every path, and the root's is the total", async () => {
  // `path-info -S` walks the closure of each path anew: what is compared was found in another way.
  const lines = (await store.nix("path-info", "--recursive", "--size", "--closure-size", root)).split("\n");
  const said = new Map(
    lines.map((line) => {
      const [path = "", own, closure] = line.trim().split(/\s+/);
      return [path, [Number(own), Number(closure)]];
    }),
  );
  const { measurement, graph, closureBytes, totalBytes } = analysis;
  assert.equal(analysis.pathCount, pathCount);
  assert.equal(said.size, pathCount);
  for (const node of graph.order) {
    const path = measurement.paths[node]?.path ?? "";
    assert.deepEqual([at(graph.ownBytes, node), at(closureBytes, node)], said.get(path), path);
  }
  assert.equal(totalBytes, said.get(root)?.[1]);
});

/**
 * `nix why-depends` finds a chain, and nearly always a shortest one: it does not queue a path again of which it later finds a shorter
 * way (Nix, src/nix/why-depends.cc), so now and then its chain has a path or two more than needed.
 */
test("why-paths go from the root to every path, and none is longer than that of nix why-depends", async (t) => {
  const { measurement, graph } = analysis;
  const nodes = [...graph.order].filter((node) => node !== graph.root);
  let shorter = 0;
  const check = async (): Promise<void> => {
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      const chain = whyPath(graph, node);
      chain.slice(1).forEach((to, depth) => {
        assert.ok(measurement.paths[chain[depth] as number]?.references.includes(to));
      });
      const path = measurement.paths[node]?.path ?? "";
      const output = await store.nix("why-depends", root, path);
      const said = output.split("\n").map((line) => /\/\S*\/[0-9a-z]{32}-[\w.+-]+/.exec(line)?.[0]);
      assert.deepEqual([said[0], said.at(-1)], [root, path]);
      assert.deepEqual([chain[0], chain.at(-1)], [graph.root, node]);
      assert.ok(chain.length <= said.length, path);
      if (chain.length < said.length) shorter++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, check));
  assert.ok(shorter < pathCount / 10, `${shorter} of ${pathCount} chains are shorter than those of nix why-depends`);
  t.diagnostic(`${shorter} of ${pathCount} chains are shorter than those of nix why-depends`);
});
