// Compiles the C sources of the npm package tree-sitter-nix, which ships no WebAssembly, and puts the result
// and the tree-sitter runtime into out/.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./root.mjs";

const require = createRequire(import.meta.url);
const out = join(root, "out");
const wasmPath = join(out, "tree-sitter-nix.wasm");
const infoPath = join(out, "tree-sitter-nix.info.json");

/**
 * wasm32-wasip1 only: `wasm32-unknown-wasi` finds no stdlib.h. The allocator and the memory are imported from the runtime.
 */
const compilerArguments = [
  "--target=wasm32-wasip1",
  "-fPIC",
  "-shared",
  "-Os",
  "-nostdlib",
  "-fno-exceptions",
  "-fvisibility=hidden",
  "-Iinc",
  "-Wl,--export=tree_sitter_nix",
  "-Wl,--allow-undefined",
  "-Wl,--no-entry",
  "parser.c",
  "scanner.c",
  "-o",
  "out.wasm",
];

/** Builds out/tree-sitter-nix.wasm unless its provenance note already names the same sources, compiler and flags. */
export async function buildGrammar() {
  await mkdir(out, { recursive: true });
  await copyAtomically(require.resolve("web-tree-sitter/web-tree-sitter.wasm"), join(out, "web-tree-sitter.wasm"));

  const sources = await readSources();
  const inputs = {
    grammar: await packageVersion("tree-sitter-nix"),
    compiler: await packageVersion("@yowasp/clang"),
    flags: compilerArguments.slice(0, -2).join(" "),
    sourcesSha256: sha256(Buffer.concat([...sources.values()])),
  };
  const [info, wasm] = await Promise.all([
    readFile(infoPath, "utf8").then(JSON.parse, () => undefined),
    readFile(wasmPath).catch(() => undefined),
  ]);
  const isCurrent = Object.entries(inputs).every(([name, value]) => info?.[name] === value);
  if (isCurrent && wasm && sha256(wasm) === info.sha256) return;

  const startedAt = performance.now();
  const built = await compile(sources);
  const abi = Number(/#define LANGUAGE_VERSION (\d+)/.exec(text(sources, "parser.c"))?.[1]);
  await writeAtomically(wasmPath, built);
  await writeAtomically(
    infoPath,
    `${JSON.stringify({ ...inputs, abi, bytes: built.length, sha256: sha256(built) }, undefined, 2)}\n`,
  );
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`out/tree-sitter-nix.wasm: ${built.length} bytes, ABI ${abi}, ${seconds} s\n`);
}

async function readSources() {
  const folder = join(dirname(require.resolve("tree-sitter-nix/package.json")), "src");
  /** @type {Map<string, Buffer>} */
  const sources = new Map();
  for (const name of ["parser.c", "scanner.c"]) sources.set(name, await readFile(join(folder, name)));
  for (const name of (await readdir(join(folder, "tree_sitter"))).sort()) {
    sources.set(`inc/tree_sitter/${name}`, await readFile(join(folder, "tree_sitter", name)));
  }
  return sources;
}

/** @param {Map<string, Buffer>} sources */
async function compile(sources) {
  const {
    commands: { clang },
    runLLVM,
  } = await import("@yowasp/clang");
  /** @type {import("@yowasp/clang").Tree} */
  const files = {};
  for (const [path, content] of sources) {
    const parts = path.split("/");
    const name = /** @type {string} */ (parts.pop());
    let folder = files;
    for (const part of parts) {
      folder[part] ??= {};
      folder = /** @type {import("@yowasp/clang").Tree} */ (folder[part]);
    }
    folder[name] = new Uint8Array(content);
  }
  let messages = "";
  const collect = (/** @type {Uint8Array | null} */ bytes) => {
    if (bytes) messages += Buffer.from(bytes).toString("utf8");
  };
  // `clang` does not pass fetchProgress on and would print a line per chunk it loads from disk: load first.
  await runLLVM(undefined, {}, { fetchProgress: () => {} });
  let result;
  try {
    result = await clang(compilerArguments, files, { stdout: collect, stderr: collect });
  } catch (error) {
    throw new Error(`The Nix grammar did not compile:\n${messages}`, { cause: error });
  }
  const wasm = result?.["out.wasm"];
  if (!(wasm instanceof Uint8Array)) throw new Error(`The compiler wrote no out.wasm.\n${messages}`);
  return Buffer.from(wasm);
}

/** @param {string} name */
async function packageVersion(name) {
  const manifest = JSON.parse(await readFile(join(root, "node_modules", name, "package.json"), "utf8"));
  return `${name}@${manifest.version}`;
}

/** @param {Map<string, Buffer>} sources @param {string} name */
function text(sources, name) {
  return sources.get(name)?.toString("utf8") ?? "";
}

/** @param {Buffer} content */
function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}

/** A reader never sees half a file. @param {string} path @param {string | Buffer} content */
async function writeAtomically(path, content) {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** @param {string} from @param {string} to */
async function copyAtomically(from, to) {
  const temporary = `${to}.${process.pid}`;
  await copyFile(from, temporary);
  await rename(temporary, to);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await buildGrammar();
