import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { benchBootstrap } from "./bootstrap.ts";
import { benchChecker } from "./checker.ts";
import { benchClosure } from "./closure.ts";
import { type Figure, printTable } from "./figures.ts";
import { benchServer } from "./server.ts";
import { writeSyntheticFlake } from "./syntheticFlake.ts";

// `npm run bench` measures flakes and closures it makes itself; `npm run bench -- DIR ...` adds the check of real ones, and
// `npm run bench -- bootstrap` installs machines of the lab instead, which takes some minutes. `npm run bench -- explorer` draws closures
// in Chromium and `npm run bench -- activation` opens VS Code, with what `npm run setup` installs for the end-to-end tests.
const [first, ...rest] = process.argv.slice(2);
printTable(await bench());

async function bench(): Promise<Figure[]> {
  switch (first) {
    case "bootstrap":
      return benchBootstrap();
    case "explorer":
      return benchEndToEnd("benchExplorer");
    case "activation":
      return benchEndToEnd("benchActivation");
    default:
      return benchFlakes(first === undefined ? [] : [first, ...rest]);
  }
}

/** Checked with the end-to-end tests: what they need is not installed everywhere. */
async function benchEndToEnd(name: "benchExplorer" | "benchActivation"): Promise<Figure[]> {
  const file = new URL(`../e2e/${name}.ts`, import.meta.url).href;
  const module = (await import(file)) as { readonly [bench: string]: (() => Promise<Figure[]>) | undefined };
  const bench = module[name];
  if (!bench) throw new Error(`${file} has no ${name}`);
  return bench();
}

async function benchFlakes(directories: readonly string[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const files of [600, 11_000]) {
    const root = mkdtempSync(join(tmpdir(), "nixos-vps-bench-"));
    try {
      writeSyntheticFlake(root, files);
      figures.push(...(await benchChecker(root)), ...(await benchServer(root, files)));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  for (const paths of [1_000, 3_000, 10_000, 100_000]) figures.push(...(await benchClosure(paths)));
  for (const directory of directories) figures.push(...(await benchChecker(resolve(directory))));
  return figures;
}
