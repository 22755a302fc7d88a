import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findNixFiles } from "../../core/src/flake/findNixFiles.ts";
import { createFlakeProject } from "../../core/src/project/createFlakeProject.ts";
import { defaultRuleSettings } from "../../core/src/rules/ruleSettings.ts";
import { createNixParser, type NixParser } from "../../core/src/syntax/nixParser.ts";
import { type Figure, milliseconds } from "./figures.ts";

/** Files for which `nix-instantiate --parse` is started once; more arguments than this make no difference to its speed. */
const filesPerCall = 500;

/** Throughput of parsing and of the whole check on the same files, beside `nix-instantiate --parse` where it is installed. */
export async function benchChecker(root: string): Promise<Figure[]> {
  const parser = await loadParser();
  const paths = await findNixFiles(root);
  const texts = paths.map((path) => readFileSync(path, "utf8"));
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;

  const parse = time(() => {
    for (const text of texts) parser.parse(text).tree.delete();
  });
  const project = createFlakeProject({
    root,
    parser,
    settings: defaultRuleSettings,
    onRuleError: ({ error }) => Promise.reject(error),
  });
  const started = performance.now();
  await project.load();
  project.findings();
  const check = performance.now() - started;
  project.dispose();

  const figures: Figure[] = [
    {
      what: `parse and read ${paths.length} files (${megabytes.toFixed(1)} MB)`,
      measured: milliseconds(parse),
      budget: "",
    },
    { what: `load and check ${paths.length} files`, measured: milliseconds(check), budget: "" },
  ];
  const nix = timeNix(paths);
  if (nix === undefined)
    return [...figures, { what: "nix-instantiate --parse", measured: "not installed", budget: "" }];
  return [
    ...figures,
    {
      what: `nix-instantiate --parse, ${filesPerCall} files a call`,
      measured: milliseconds(nix),
      budget: `parse takes ${(parse / nix).toFixed(2)} of it, the check ${(check / nix).toFixed(2)}`,
    },
  ];
}

function loadParser(): Promise<NixParser> {
  const out = (name: string): string => join(import.meta.dirname, "../../out", name);
  return createNixParser({ runtime: out("web-tree-sitter.wasm"), grammar: out("tree-sitter-nix.wasm") });
}

function time(run: () => void): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

/** Milliseconds for all files, or undefined without the program. */
function timeNix(paths: readonly string[]): number | undefined {
  if (spawnSync("nix-instantiate", ["--version"]).error) return undefined;
  return time(() => {
    for (let start = 0; start < paths.length; start += filesPerCall) {
      spawnSync("nix-instantiate", ["--parse", ...paths.slice(start, start + filesPerCall)], { stdio: "ignore" });
    }
  });
}
