import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cachedFolder } from "../cache.ts";

/** What the machines run. apt adds what these depend on. */
const wanted = [
  ...[
    "bash",
    "coreutils",
    "dash",
    "findutils",
    "grep",
    "gzip",
    "hostname",
    "jq",
    "libc-bin",
    "curl",
    "mawk",
    "ncurses-base",
  ],
  ...["procps", "sed", "tar", "xz-utils", "zstd", "cpio", "busybox-static"],
  ...["util-linux", "mount", "kmod", "udev", "kexec-tools", "iproute2", "openssh-server", "openssh-client", "sudo"],
  ...["e2fsprogs", "btrfs-progs", "dosfstools", "gdisk", "fdisk", "parted", "squashfs-tools"],
  ...["grub-pc-bin", "grub-common", "grub2-common", "systemd-boot-efi"],
  ...["nix-bin", "linux-image-cloud-amd64"],
];

export function downloadUserland(): Promise<string> {
  return downloadPackages("packages", wanted);
}

/**
 * Downloads Debian packages and what they depend on without installing any: apt is told that this machine has none. Needs no root.
 *
 * @param name begins the name of the folder
 * @returns a folder with the .deb files
 */
export async function downloadPackages(name: string, wanted: readonly string[]): Promise<string> {
  return cachedFolder(name, wanted, async (folder) => {
    const state = join(folder, "apt");
    await mkdir(join(state, "lists/partial"), { recursive: true });
    await mkdir(join(folder, "partial"));
    await writeFile(join(state, "status"), "");
    const options = {
      "Dir::State::lists": join(state, "lists"),
      "Dir::State::status": join(state, "status"),
      "Dir::Cache": state,
      "Dir::Cache::archives": folder,
      "APT::Sandbox::User": "root",
      "Debug::NoLocking": "1",
    };
    const settings = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    const aptGet = (...args: string[]) => execa("apt-get", ["-qq", ...settings, ...args]);
    await aptGet("update");
    await aptGet("install", "--no-install-recommends", "--download-only", "--yes", ...wanted).catch((error: Error) => {
      error.message = `The lab needs a machine whose apt sources are Debian's.\n${error.message}`;
      throw error;
    });
    await rm(state, { recursive: true });
    await rm(join(folder, "partial"), { recursive: true });
  });
}

/** Paths of .deb files by the name of their package. */
export async function packageFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".deb"));
  return new Map(files.map((file) => [file.slice(0, file.indexOf("_")), join(folder, file)]));
}
