// Sets up what is missing, builds, checks, lints and runs the tests, whose summary comes last.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "./root.mjs";
import { exitCodeOf, run } from "./run.mjs";
import { withToolchain } from "./toolchain.mjs";

const suites = ["unit", "nix", "ssh", "lsp", "cli", "package", "e2e", "lab"];
/** What takes too long for every change: images of the official size, and machines that are too small for them. */
const furtherSuites = ["lab:full"];
/** An emulated machine keeps one processor busy, and what waits for it takes as long as it has to. */
const labOptions = [`--test-concurrency=${Math.min(2, availableParallelism())}`, "--test-timeout=1800000"];
const usage = `Usage: node scripts/test.mjs [${[...suites, ...furtherSuites].join("|")}] [FILE | NODE_TEST_OPTION ...]\n`;

const [suite, ...rest] = process.argv.slice(2);
if (suite === undefined) await withToolchain(testEverything);
else if ([...suites, ...furtherSuites].includes(suite)) await withToolchain(() => testOne(suite));
else {
  process.stderr.write(usage);
  process.exitCode = 2;
}

async function testEverything() {
  await script("setup");
  await script("build");
  await run("tsc", ["-b", ".", "test/e2e"]);
  await run("biome", ["check", "--error-on-warnings"]);
  const quick = await runTests(suites.filter((suite) => suite !== "lab").map(filesOf), []);
  const lab = await runTests([filesOf("lab")], labOptions);
  process.exitCode = quick || lab;
}

/** @param {string} suite */
async function testOne(suite) {
  const isLab = suite.startsWith("lab");
  if (suite === "e2e" || isLab) await script("setup");
  await script(suite === "unit" ? "buildGrammar" : "build");
  const isFile = (/** @type {string} */ argument) => argument.endsWith(".ts");
  const files = rest.filter(isFile);
  const options = rest.filter((argument) => !isFile(argument));
  process.exitCode = await runTests(files.length > 0 ? files : [filesOf(suite)], [
    ...(isLab ? labOptions : []),
    ...options,
  ]);
}

/**
 * Files that drive a VS Code or emulated machines are run a second time when they fail: what a loaded machine does to those is
 * told apart from what is broken, and said.
 *
 * @param {readonly string[]} files paths or globs
 * @param {readonly string[]} options of `node --test`, which uses the last where two contradict each other
 * @returns {Promise<number>} its exit code
 */
async function runTests(files, options) {
  const { exitCode, failed } = await runOnce(files, options);
  const again = failed.filter((file) => /^test\/(?:e2e|lab)\//.test(file));
  if (again.length === 0 || again.length < failed.length) return exitCode;
  process.stdout.write(`\nOnce more, alone: ${again.join(", ")}\n`);
  const second = await runOnce(again, [...options, "--test-concurrency=1"]);
  const flaky = again.filter((file) => !second.failed.includes(file));
  if (flaky.length > 0) process.stdout.write(`\nFailed once and then passed: ${flaky.join(", ")}\n`);
  return second.exitCode;
}

/**
 * @param {readonly string[]} files
 * @param {readonly string[]} options
 * @returns {Promise<{ exitCode: number, failed: string[] }>} with the files in which a test failed, relative to the repository
 */
async function runOnce(files, options) {
  // Each end-to-end file runs a VS Code and a browser: more of them at once starve each other.
  const concurrency = Math.max(1, Math.min(3, availableParallelism() - 1));
  const fixed = ["--test", `--test-concurrency=${concurrency}`, "--test-timeout=900000"];
  const directory = mkdtempSync(join(tmpdir(), "nixos-vps-tests-"));
  const list = join(directory, "failed");
  const reporters = [
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...[`--test-reporter=${join(root, "scripts/failedFilesReporter.mjs")}`, `--test-reporter-destination=${list}`],
  ];
  try {
    const exitCode = await exitCodeOf(process.execPath, [...fixed, ...reporters, ...options, ...files]);
    const failed = readFileSync(list, "utf8").split("\n").filter(Boolean);
    return { exitCode, failed: failed.map((file) => relative(root, file)) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** @param {string} name */
async function script(name) {
  await run(process.execPath, [join(root, "scripts", `${name}.mjs`)]);
}

/** @param {string} suite */
function filesOf(suite) {
  if (suite === "lab:full") return "test/lab/**/*.test.ts";
  // What lies deeper needs packages of its own, or time.
  return suite === "e2e" || suite === "lab" ? `test/${suite}/*.test.ts` : `test/${suite}/**/*.test.ts`;
}
