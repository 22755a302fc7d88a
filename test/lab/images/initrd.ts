import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { modulesWithDependencies, type Userland } from "./userland.ts";

const applets = [
  ...["cat", "chmod", "cp", "insmod", "ln", "losetup", "ls", "mkdir", "mknod", "mount", "mv", "readlink", "sed", "sh"],
  ...["sleep", "switch_root", "umount"],
];

export interface InitrdContent {
  /** The script that the kernel starts as /init; runs in busybox. */
  readonly init: string;
  /** Kernel modules; `/modules/order` lists their files, with what they need, in the order to load them. */
  readonly modules: readonly string[];
}

/** Fills `folder` with what an initial RAM disk holds. */
export async function fillInitrd(userland: Userland, folder: string, { init, modules }: InitrdContent): Promise<void> {
  for (const name of ["bin", "dev", "modules", "proc", "run", "sys", "sysroot"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  await copyFile(join(userland.root, "usr/bin/busybox"), join(folder, "bin/busybox"));
  for (const applet of applets) await symlink("busybox", join(folder, "bin", applet));
  const { root, kernel, release } = userland;
  const files = await modulesWithDependencies(root, kernel, release, modules);
  for (const file of files) await copyFile(file, join(folder, "modules", basename(file)));
  await writeFile(join(folder, "modules/order"), files.map((file) => `${basename(file)}\n`).join(""));
  await copyFile(init, join(folder, "init"));
  await chmod(join(folder, "init"), 0o755);
}

/** Writes the files below `folder` as a cpio archive, as the kernel unpacks it. */
export async function packInitrd(userland: Userland, folder: string, file: string): Promise<void> {
  const { stdout: names } = await execa("find", [".", "-print0"], { cwd: folder });
  const options = ["-o", "-H", "newc", "-R", "0:0", "--null", "--quiet", "-O", file];
  await userland.tool("cpio", options, { cwd: folder, input: names });
}
