import { delimiter, join } from "node:path";
import { installDependencies } from "./dependencies.mjs";
import { root } from "./root.mjs";
import { CommandFailed, exitCodeOf } from "./run.mjs";

const bin = join(root, "node_modules/.bin");

/**
 * Runs a script's work with the project's dependencies installed and under the project's own Node, which a fresh
 * clone does not have yet: then this process only installs them and starts itself again. Import nothing from npm
 * before.
 *
 * @param {() => Promise<void>} work
 */
export async function withToolchain(work) {
  process.env["PATH"] = `${bin}${delimiter}${process.env["PATH"] ?? ""}`;
  try {
    await installDependencies(root);
    if (isProjectNode()) await work();
    else process.exitCode = await exitCodeOf(join(bin, "node"), process.argv.slice(1), { cwd: process.cwd() });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

function isProjectNode() {
  return Number(process.versions.node.split(".")[0]) >= 24;
}
