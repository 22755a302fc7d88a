import { lstatSync, readlinkSync } from "node:fs";
import { chmod, cp, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cachedFolder } from "../cache.ts";
import { downloadUserland, packageFiles } from "./packages.ts";

export interface ToolOptions {
  readonly cwd?: string;
  readonly input?: string;
  /** Whether this user's files are to look like root's to the program. */
  readonly asRoot?: boolean;
}

/** Programs and kernel, unpacked from Debian packages. */
export interface Userland {
  /** A root file system without settings: `usr`, links to it, and empty folders. */
  readonly root: string;
  /** `bzImage` and, under `lib/modules`, the modules that the lab uses with their dependencies. */
  readonly kernel: string;
  /** The kernel's release, as `uname -r` says it. */
  readonly release: string;
  /** Runs a program of `root` on this machine, with its own loader and libraries, and returns what it prints. */
  tool(name: string, args: readonly string[], options?: ToolOptions): Promise<string>;
  /** Paths of the shared libraries that a program of `root` loads; none for scripts. */
  libraries(name: string): Promise<string[]>;
}

/** Pulled in by dependencies, of no use without their services and configuration scripts. */
const unused = [
  /perl/,
  /^(adduser|base-files|debconf|dmidecode|dpkg|init-system-helpers|initramfs-tools.*|klibc-utils|libklibc|linux-base)$/,
  /^(linux-image-cloud-amd64|lsb-base|runit-helper|sensible-utils|ucf|usrmerge|gettext-base|libfreetype6|libpng16-16)$/,
];

const unusedFiles = [
  "doc",
  "man",
  "locale",
  "info",
  "bash-completion",
  "zsh",
  "lintian",
  "perl",
  "initramfs-tools",
].map((name) => `./usr/share/${name}*`);

/** Modules that the lab's machines load; whatever else the kernel needs is built in. */
const modules = [
  ...["virtio_pci", "virtio_blk", "virtio_net", "virtio_rng", "qemu_fw_cfg", "loop", "dm_mod"],
  ...["zram", "lz4", "lz4hc", "zstd", "lzo", "lzo-rle"],
  ...["ext4", "btrfs", "overlay", "squashfs", "vfat", "crc32c_generic"],
  ...["nls_cp437", "nls_ascii", "nls_iso8859-1", "nls_utf8"],
];

export async function unpackUserland(): Promise<Userland> {
  const packages = await downloadUserland();
  const inputs = [packages, unused.join(), ...unusedFiles, ...modules];
  const folder = await cachedFolder("userland", inputs, (draft) => unpack(packages, draft));
  return openUserland(folder);
}

async function openUserland(folder: string): Promise<Userland> {
  const root = join(folder, "root");
  const kernel = join(folder, "kernel");
  const [release] = await readdir(join(kernel, "lib/modules"));
  if (release === undefined) throw new Error(`${kernel} has no modules; remove ${folder}`);
  return {
    root,
    kernel,
    release,
    tool: (name, args, options) => runTool(root, name, args, options),
    libraries: (name) => librariesOf(root, name),
  };
}

async function unpack(packages: string, folder: string): Promise<void> {
  const root = join(folder, "root");
  const everyKernel = join(folder, "everyKernel");
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await mkdir(join(root, "usr", name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  for (const [name, file] of await packageFiles(packages)) {
    if (/^linux-image-\d/.test(name)) await execa("dpkg-deb", ["-x", file, everyKernel]);
    else if (!unused.some((pattern) => pattern.test(name))) await unpackPackage(file, root);
  }
  await rm(join(root, "usr/lib/x86_64-linux-gnu/gconv"), { recursive: true, force: true });
  await rm(join(root, "lib/udev/hwdb.d"), { recursive: true, force: true });
  await rm(join(root, "lib/udev/hwdb.bin"), { force: true });
  await rm(join(root, "etc"), { recursive: true });
  await rm(join(root, "var"), { recursive: true });
  for (const name of ["dev", "etc", "mnt", "proc", "run", "root", "sys", "tmp", "var/empty", "var/tmp"]) {
    await mkdir(join(root, name), { recursive: true });
  }
  await chmod(join(root, "tmp"), 0o1777);
  await chmod(join(root, "root"), 0o700);
  const busyboxApplets = ["vi", "less", "ping", "../sbin/init", "../sbin/reboot", "../sbin/poweroff"];
  for (const name of busyboxApplets) await symlink("/usr/bin/busybox", join(root, "usr/bin", name));
  await symlink("mawk", join(root, "usr/bin/awk"));
  await selectModules(root, everyKernel, join(folder, "kernel"));
  await rm(everyKernel, { recursive: true });
}

/** Unlike `dpkg-deb -x`, keeps `bin` and its like links into `usr`. */
async function unpackPackage(file: string, root: string): Promise<void> {
  const pipe = 'set -o pipefail; file=$1; shift; dpkg-deb --fsys-tarfile "$file" | tar "$@"';
  const tar = ["-x", "--keep-directory-symlink", "--no-same-owner", "-C", root];
  const excluded = unusedFiles.map((pattern) => `--exclude=${pattern}`);
  await execa("bash", ["-c", pipe, "unpack", file, ...tar, ...excluded]);
}

/** Copies the modules of the lab, uncompressed, because busybox loads only such. */
async function selectModules(root: string, everyKernel: string, kernel: string): Promise<void> {
  const [image] = (await readdir(join(everyKernel, "boot"))).filter((name) => name.startsWith("vmlinuz-"));
  if (image === undefined) throw new Error(`${everyKernel} has no kernel.`);
  const release = image.slice("vmlinuz-".length);
  const all = join(everyKernel, "lib/modules", release);
  const chosen = join(kernel, "lib/modules", release);
  await mkdir(chosen, { recursive: true });
  await rename(join(everyKernel, "boot", image), join(kernel, "bzImage"));
  for (const list of ["modules.builtin", "modules.builtin.modinfo", "modules.order"]) {
    await cp(join(all, list), join(chosen, list));
  }
  const depmod = (base: string) => runTool(root, "depmod", ["-b", base, release]);
  await depmod(everyKernel);
  const files = await modulesWithDependencies(root, everyKernel, release, modules);
  for (const file of files) {
    const target = join(chosen, file.slice(all.length + 1));
    await mkdir(dirname(target), { recursive: true });
    await rename(file, target);
    if (target.endsWith(".xz")) await runTool(root, "xz", ["-d", target]);
  }
  await depmod(kernel);
}

/** Files of the modules `names` below `base`, each after the ones it needs. */
export async function modulesWithDependencies(
  root: string,
  base: string,
  release: string,
  names: readonly string[],
): Promise<string[]> {
  const args = ["-d", base, "-S", release, "--show-depends"];
  const lists = await Promise.all(names.map((name) => runTool(root, "modprobe", [...args, name])));
  const lines = lists.join("\n").split("\n");
  return [...new Set(lines.filter((line) => line.startsWith("insmod ")).map((line) => line.split(" ")[1] ?? ""))];
}

async function runTool(
  root: string,
  name: string,
  args: readonly string[],
  { asRoot = false, ...options }: ToolOptions = {},
): Promise<string> {
  const [loader, loaderArgs] = loaderFor(root);
  const command = [loader, ...loaderArgs, "--argv0", name, programIn(root, name), ...args];
  const isRoot = process.getuid?.() === 0;
  const [file = "", ...rest] = asRoot && !isRoot ? ["unshare", "--map-root-user", "--", ...command] : command;
  return (await execa(file, rest, options)).stdout;
}

async function librariesOf(root: string, name: string): Promise<string[]> {
  const [loader, loaderArgs] = loaderFor(root);
  const { stdout, exitCode } = await execa(loader, [...loaderArgs, "--list", programIn(root, name)], { reject: false });
  // The loader refuses what is no dynamic program.
  return exitCode === 0 ? [...stdout.matchAll(/=> (\/\S+)/g)].map(([, path = ""]) => path) : [];
}

function loaderFor(root: string): [string, string[]] {
  const loader = join(root, "lib64/ld-linux-x86-64.so.2");
  return [loader, ["--library-path", join(root, "usr/lib/x86_64-linux-gnu")]];
}

/** Follows links that are absolute, such as depmod's to /bin/kmod, inside of `root`. */
export function programIn(root: string, name: string): string {
  const candidates = ["usr/bin", "usr/sbin"].map((folder) => join(root, folder, name));
  const file = candidates.find((candidate) => lstatSync(candidate, { throwIfNoEntry: false }));
  if (file === undefined) throw new Error(`${name} is in none of the packages of the lab.`);
  const link = lstatSync(file).isSymbolicLink() ? readlinkSync(file) : undefined;
  if (link === undefined) return file;
  return link.startsWith("/") ? join(root, link) : join(dirname(file), link);
}
