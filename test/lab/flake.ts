import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { addStoreParts } from "./images/storeParts.ts";
import { runInLabStore } from "./nixStore.ts";

const source = fileURLToPath(new URL("flake", import.meta.url));

/**
 * Makes a folder the lab's flake, whose host `lab` can be built in the lab's store.
 *
 * @param authorizedKey a public key that may log in to the installed system
 */
export async function prepareFlake(folder: string, authorizedKey: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(source, folder, { recursive: true });
  await writeFile(join(folder, "contents.json"), JSON.stringify(await addStoreParts(), undefined, 2));
  await writeFile(join(folder, "hosts/lab/authorized_keys"), `${authorizedKey.trim()}\n`);
}

/** Builds an output of a host of the flake, such as `toplevel`, and returns its path in the lab's store. */
export async function buildOutput(flake: string, attribute: string, host = "lab"): Promise<string> {
  const installable = `${flake}#nixosConfigurations."${host}".config.system.build.${attribute}`;
  const [result] = JSON.parse(await runInLabStore("nix", ["build", "--no-link", "--json", installable]));
  return result.outputs.out;
}
