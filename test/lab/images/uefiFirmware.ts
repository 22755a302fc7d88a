import { join } from "node:path";
import { execa } from "execa";
import { cachedFolder } from "../cache.ts";
import { downloadPackages, packageFiles } from "./packages.ts";

/** UEFI firmware for QEMU in place of its BIOS. */
export async function unpackUefiFirmware(): Promise<string> {
  const packages = await downloadPackages("uefi-packages", ["ovmf"]);
  const folder = await cachedFolder("uefi", [packages], async (draft) => {
    const file = (await packageFiles(packages)).get("ovmf");
    if (file === undefined) throw new Error(`${packages} has no package ovmf.`);
    await execa("dpkg-deb", ["-x", file, draft]);
  });
  return join(folder, "usr/share/ovmf/OVMF.fd");
}
