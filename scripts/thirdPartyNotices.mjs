import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./root.mjs";

/** Compiled to WebAssembly, thus in no bundle's list of inputs. */
const compiledPackages = ["node_modules/tree-sitter-nix", "node_modules/web-tree-sitter"];

/**
 * The licences of every npm package that is part of what is shipped, as one text.
 *
 * @param {readonly string[]} inputs paths of bundled files, relative to the root
 */
export async function thirdPartyNotices(inputs) {
  const folders = new Set(compiledPackages);
  for (const input of inputs) {
    const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (folder) folders.add(folder);
  }
  const notices = await Promise.all([...folders].sort().map(notice));
  return `This extension contains the following packages.\n\n${notices.join("\n")}`;
}

/** @param {string} folder */
async function notice(folder) {
  const path = join(root, folder);
  const manifest = JSON.parse(await readFile(join(path, "package.json"), "utf8"));
  const licenceFile = (await readdir(path)).find((name) => /^licen[cs]e/i.test(name));
  const licence = licenceFile
    ? await readFile(join(path, licenceFile), "utf8")
    : `Licence: ${manifest.license}. Author: ${manifest.author?.name ?? manifest.author}.\n`;
  return `---- ${manifest.name} ${manifest.version}\n\n${licence.trim()}\n`;
}
