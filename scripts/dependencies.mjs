import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./root.mjs";
import { run } from "./run.mjs";

/** The package of its own that holds code-server and playwright-core. */
export const endToEndFolder = join(root, "test/e2e");

/**
 * Runs `npm ci` in a folder unless what is installed there is what its lockfile names.
 *
 * @param {string} folder
 */
export async function installDependencies(folder) {
  if (isInstalled(folder)) return;
  const size = folder === endToEndFolder ? " (a VS Code of 630 MB, two to three minutes)" : "";
  process.stdout.write(`Installing the npm packages of ${relative(root, folder) || "the project"}${size}\n`);
  // code-server reads Node's version from here, where an outer npm that runs on another Node has left its own.
  const env = { ...process.env, npm_config_user_agent: undefined };
  await run("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], { cwd: folder, env });
}

/** @param {string} folder */
export function isInstalled(folder) {
  const wanted = packagesOf(join(folder, "package-lock.json"));
  const installed = packagesOf(join(folder, "node_modules/.package-lock.json"));
  return Object.entries(wanted).every(
    // Optional packages are for other platforms when they are not installed.
    ([path, { version, optional }]) =>
      path === "" || (installed[path] ? installed[path].version === version : optional),
  );
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(lockfile) {
  return existsSync(lockfile) ? JSON.parse(readFileSync(lockfile, "utf8")).packages : {};
}
