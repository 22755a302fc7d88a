import { execFile } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { root } from "./root.mjs";
import { CommandFailed } from "./run.mjs";

/**
 * Packs what is in out/ as a .vsix. Nothing else is needed at run time: the bundles hold their dependencies.
 *
 * @param {string} vsixPath
 */
export async function packExtension(vsixPath) {
  const vsce = join(root, "node_modules/@vscode/vsce/vsce");
  const args = [vsce, "package", "--no-dependencies", "--out", vsixPath];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: root });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    throw new CommandFailed(`vsce could not pack the extension:\n${stdout}${stderr}`);
  }
}

/**
 * Puts the extension where VS Code looks for installed ones.
 *
 * @param {string} vsixPath
 * @param {string} extensionsFolder
 * @returns the extension's own folder, `<publisher>.<name>-<version>`
 */
export async function unpackExtension(vsixPath, extensionsFolder) {
  const { publisher, name, version } = await readManifest();
  const folder = join(extensionsFolder, `${publisher}.${name}-${version}`);
  for (const [path, content] of Object.entries(unzipSync(await readFile(vsixPath)))) {
    if (!path.startsWith("extension/") || path.endsWith("/")) continue;
    const target = join(folder, path.slice("extension/".length));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  return folder;
}

/** @returns {Promise<{ publisher: string, name: string, version: string }>} */
async function readManifest() {
  return JSON.parse(await readFile(join(root, "package.json"), "utf8"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { name, version } = await readManifest();
  const file = `${name}-${version}.vsix`;
  await packExtension(join(root, file));
  process.stdout.write(`${file}: ${Math.round((await stat(join(root, file))).size / 1000)} kB\n`);
}
