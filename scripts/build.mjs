// Bundles client, server, command and the scripts of the panels into out/, beside the two WebAssembly files they load at run time.
import { chmod, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { build, context } from "esbuild";
import { buildGrammar } from "./buildGrammar.mjs";
import { root } from "./root.mjs";
import { thirdPartyNotices } from "./thirdPartyNotices.mjs";

const require = createRequire(import.meta.url);

const bundles = [
  { entry: "client/src/extension.ts", outfile: "out/client.cjs" },
  { entry: "server/src/main.ts", outfile: "out/server.cjs" },
  { entry: "cli/src/main.ts", outfile: "out/cli.cjs", banner: "#!/usr/bin/env node" },
];

/** Each becomes a script and, from the style sheets it imports, a style sheet of the same name. */
const panels = ["bootstrapPanel", "closureExplorer"];

const { values: options } = parseArgs({ options: { watch: { type: "boolean", default: false } } });

await buildGrammar();
try {
  if (options.watch) await watch();
  else await bundleAll();
} catch (error) {
  // esbuild has already printed its own errors, with the lines they are about.
  if (!(error instanceof Error && "errors" in error)) throw error;
  process.exitCode = 1;
}

async function bundleAll() {
  const results = await Promise.all([
    ...bundles.map((bundle) => build(esbuildOptions(bundle))),
    ...panels.map((panel) => build(panelOptions(panel))),
  ]);
  const inputs = results.flatMap((result) => Object.keys(result.metafile?.inputs ?? {}));
  await writeFile(join(root, "out/thirdPartyNotices.txt"), await thirdPartyNotices(inputs));
  for (const { outfile, banner } of bundles) {
    if (banner !== undefined) await chmod(join(root, outfile), 0o755);
  }
  const outfiles = [...bundles.map(({ outfile }) => outfile), ...panels.map((panel) => `out/${panel}.js`)];
  for (const outfile of outfiles) {
    const { size } = await stat(join(root, outfile));
    process.stdout.write(`${outfile}: ${Math.round(size / 1000)} kB\n`);
  }
}

async function watch() {
  const options = [...bundles.map(esbuildOptions), ...panels.map(panelOptions)];
  const contexts = await Promise.all(
    options.map((each) => context({ ...each, sourcemap: "linked", logLevel: "info" })),
  );
  await Promise.all(contexts.map((each) => each.watch()));
}

/**
 * @param {{ entry: string, outfile: string, banner?: string }} bundle
 * @returns {import("esbuild").BuildOptions}
 */
function esbuildOptions({ entry, outfile, banner }) {
  return {
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    // The command is called by hooks and CI with the Node they have; VS Code 1.101, the oldest supported, has Node 22.
    target: "node20",
    minify: true,
    legalComments: "none",
    metafile: true,
    // `.node` and cpu-features are optional accelerators of ssh2, which falls back to node:crypto.
    external: ["vscode", "cpu-features", "*.node"],
    // The ESM build of web-tree-sitter needs import.meta.url, which a CommonJS bundle does not have: it would
    // build and then fail at run time. Hence its CommonJS file, and an error for any other such package.
    alias: { "web-tree-sitter": `./${relative(root, require.resolve("web-tree-sitter"))}` },
    logOverride: { "empty-import-meta": "error" },
    logLevel: "warning",
    ...(banner === undefined ? {} : { banner: { js: banner } }),
  };
}

/**
 * @param {string} panel
 * @returns {import("esbuild").BuildOptions}
 */
function panelOptions(panel) {
  return {
    absWorkingDir: root,
    entryPoints: [`media/${panel}/main.ts`],
    outfile: `out/${panel}.js`,
    bundle: true,
    platform: "browser",
    format: "iife",
    // The Chromium of VS Code 1.101.
    target: "chrome134",
    minify: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  };
}
