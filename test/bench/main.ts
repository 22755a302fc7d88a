import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { benchChecker } from "./checker.ts";
import { benchClosure } from "./closure.ts";
import { printTable } from "./figures.ts";
import { benchServer } from "./server.ts";
import { writeSyntheticFlake } from "./syntheticFlake.ts";

// `npm run bench` measures flakes it writes itself; `npm run bench -- DIR ...` adds the check of real ones.
const figures = [];
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
for (const directory of process.argv.slice(2)) figures.push(...(await benchChecker(resolve(directory))));
printTable(figures);
