import { existsSync } from "node:fs";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { cachedFolder, contentOf } from "../cache.ts";
import { addToLabStore, runInLabStore } from "../nixStore.ts";
import { programIn, type Userland, unpackUserland } from "./userland.ts";

/** A path in the lab's store that the flake's derivations use by its hash. */
export interface StorePart {
  readonly name: string;
  /** Of its content, as `nix hash path --sri` prints it. */
  readonly hash: string;
}

const installedPrograms = `
  sh bash env cat chmod chown cp cut date dd df dirname basename head id ln ls mkdir mv readlink realpath rm sleep sort stat
  sync tail tee test touch tr true uname wc awk grep sed find gzip tar hostname ps free pidof dmesg
  findmnt lsblk mount umount mountpoint mkswap swapon swapoff modprobe udevadm ip ssh-keygen sshd btrfs
  grub-install grub-mkrelpath grub-probe`;

const diskPrograms = `
  bash cat dd dirname grep jq ls mkdir mktemp realpath rm sed awk blkid findmnt lsblk mount umount swapoff mkswap wipefs
  sgdisk sfdisk partprobe udevadm btrfs mkfs.btrfs mkfs.ext4 mkfs.vfat`;

/** Puts what the flake builds with into the lab's store. */
export async function addStoreParts(): Promise<Record<"busybox" | "diskTools" | "kernel" | "programs", StorePart>> {
  const userland = await unpackUserland();
  const inputs = [userland.root, ...(await contentOf(import.meta.filename))];
  const folder = await cachedFolder("parts", inputs, (draft) => build(userland, draft));
  return {
    busybox: await add("lab-busybox", join(folder, "busybox")),
    diskTools: await add("lab-disk-tools", join(folder, "diskTools")),
    kernel: await add("lab-kernel", join(folder, "kernel")),
    programs: await add("lab-programs", join(folder, "programs")),
  };
}

async function add(name: string, folder: string): Promise<StorePart> {
  const hashFile = `${folder}.hash`;
  if (!existsSync(hashFile)) await writeFile(hashFile, await runInLabStore("nix", ["hash", "path", "--sri", folder]));
  await addToLabStore(name, folder);
  return { name, hash: await readFile(hashFile, "utf8") };
}

async function build(userland: Userland, folder: string): Promise<void> {
  const { root } = userland;
  await cp(userland.kernel, join(folder, "kernel"), { recursive: true });
  await copyPrograms(root, words(diskPrograms), join(folder, "diskTools/bin"));
  await copyPrograms(root, ["busybox"], join(folder, "busybox/bin"));
  const { stdout: applets } = await execa(join(root, "usr/bin/busybox"), ["--list"]);
  for (const applet of applets.split("\n").filter((name) => name !== "busybox")) {
    await symlink("busybox", join(folder, "busybox/bin", applet));
  }

  const programs = join(folder, "programs");
  await copyPrograms(root, [...words(installedPrograms), "busybox"], join(programs, "bin"));
  for (const applet of ["init", "reboot", "poweroff", "vi"]) await symlink("busybox", join(programs, "bin", applet));
  const libraries = join(programs, "lib/x86_64-linux-gnu");
  await mkdir(libraries, { recursive: true });
  for (const library of await librariesOf(userland, words(installedPrograms))) {
    await cp(library, join(libraries, basename(library)), { dereference: true });
  }
  for (const folder of ["lib64", "lib/systemd", "lib/udev", "lib/grub"]) {
    await execa("cp", ["-a", join(root, "usr", folder), join(programs, folder)]);
  }
}

async function copyPrograms(root: string, names: readonly string[], target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of names) await cp(programIn(root, name), join(target, name), { dereference: true });
}

async function librariesOf(userland: Userland, programs: readonly string[]): Promise<string[]> {
  const folder = join(userland.root, "usr/lib/x86_64-linux-gnu");
  // Loaded by name when a thread is cancelled.
  const found = new Set([join(folder, "libgcc_s.so.1")]);
  for (const program of programs) {
    const list = await userland.libraries(program);
    for (const library of list) found.add(library);
  }
  return [...found];
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
