import { execFileSync } from "node:child_process";
import { analyseClosure } from "../../core/src/closure/analyseClosure.ts";
import { at, type ClosureGraph, closureGraph } from "../../core/src/closure/closureGraph.ts";
import { closureSizes } from "../../core/src/closure/closureSizes.ts";
import { dominators } from "../../core/src/closure/dominators.ts";
import type { Measurement } from "../../core/src/closure/measurement.ts";
import { measuredPaths } from "../../core/src/closure/measuring/measuredPaths.ts";
import { closurePathInfo } from "../../core/src/nix/pathInfo.ts";
import { nixVersion } from "../../core/src/nix/runNix.ts";
import { randomClosure } from "../nix/randomClosure.ts";
import { temporaryStore } from "../nix/temporaryStore.ts";
import { type Figure, milliseconds, percentile } from "./figures.ts";

/** Above these sizes what a closure is compared with takes minutes. */
const mostForNixSizes = 3_000;
const mostForWalks = 10_000;

/** Closures of a real store of Nix: what Nix takes, what we make of it, and the two ways that others compute the same. */
export async function benchClosure(size: number): Promise<Figure[]> {
  const store = temporaryStore();
  const before = { ...process.env };
  Object.assign(process.env, store.env);
  try {
    const registered = randomClosure(store.env["NIX_STORE_DIR"] ?? "", size, size);
    await store.register(registered.toReversed());
    const root = registered[0]?.path ?? "";
    const version = await nixVersion();
    const name = `${size.toLocaleString("en")} paths`;

    const asked = performance.now();
    const infos = await closurePathInfo(root, version, { timeoutMs: 600_000 });
    const pathInfo = performance.now() - asked;
    const paths = measuredPaths(infos, root);
    const edges = paths.reduce((sum, { references }) => sum + references.length, 0);
    const measurement: Measurement = { version: 1, flake: "", host: "", measuredAt: "", root, paths };

    globalThis.gc?.();
    const heap = process.memoryUsage();
    const analysis = analyseClosure(measurement);
    const total = at(analysis.closureBytes, analysis.graph.root);
    const used = process.memoryUsage();
    const megabytes = (used.heapUsed + used.arrayBuffers - heap.heapUsed - heap.arrayBuffers) / 1e6;
    if (total !== analysis.totalBytes) throw new Error("the closure of the root is not the whole");

    const retained = median(() => dominators(closureGraph(measurement)), size);
    const graph = closureGraph(measurement);
    const sizes = median(() => closureSizes(graph), size);
    const figures: Figure[] = [
      {
        what: `${name}, ${edges.toLocaleString("en")} references: nix path-info -r --json, read`,
        measured: milliseconds(pathInfo),
        budget: "what Nix takes",
      },
      {
        what: `${name}: graph and retained sizes`,
        measured: milliseconds(retained),
        budget: size === 3_000 ? "30 ms" : "",
      },
      {
        what: `${name}: closure sizes of all`,
        measured: milliseconds(sizes),
        budget: `${Math.round(megabytes)} MB for the whole analysis`,
      },
    ];
    if (size <= mostForNixSizes) {
      const started = performance.now();
      execFileSync("nix", ["path-info", "-rS", "--json", root], { env: process.env, maxBuffer: 1e9 });
      const all = performance.now() - started;
      const ratio = all / (pathInfo + retained + sizes);
      figures.push({
        what: `${name}: nix path-info -rS --json`,
        measured: milliseconds(all),
        budget: `${ratio.toFixed(0)} times as long as -r and all of ours`,
      });
    }
    if (size <= mostForWalks) {
      const started = performance.now();
      removeAndWalk(graph);
      const walks = performance.now() - started;
      figures.push({
        what: `${name}: retained sizes by removing each path and walking again`,
        measured: milliseconds(walks),
        budget: `${(walks / retained).toFixed(0)} times as long as the dominator tree`,
      });
    }
    return figures;
  } finally {
    for (const name of Object.keys(store.env)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    store.remove();
  }
}

/** As nix-tree computes its added sizes. */
function removeAndWalk({ size, root, order, ownBytes, references }: ClosureGraph): Float64Array {
  const retained = new Float64Array(size);
  const seen = new Int32Array(size).fill(-1);
  const total = order.reduce((sum, node) => sum + at(ownBytes, node), 0);
  for (const removed of order) {
    let left = 0;
    const stack = removed === root ? [] : [root];
    seen[removed] = removed;
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      left += at(ownBytes, node);
      for (let edge = at(references.starts, node); edge < at(references.starts, node + 1); edge++) {
        const target = at(references.targets, edge);
        if (seen[target] === removed) continue;
        seen[target] = removed;
        stack.push(target);
      }
    }
    retained[removed] = total - left;
  }
  return retained;
}

/** Milliseconds that a computation takes, the middle of some runs. */
function median(compute: () => unknown, size: number): number {
  const runs = size > 20_000 ? 3 : 15;
  const times = Array.from({ length: runs }, () => {
    const started = performance.now();
    compute();
    return performance.now() - started;
  });
  return percentile(times, 0.5);
}
