import { randomBytes } from "node:crypto";
import { appendFile, chmod, copyFile, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { cachedFolder, contentOf } from "../cache.ts";
import { guestFolder } from "../guestFolder.ts";
import { addToLabStore, physicalPath, runInLabStore } from "../nixStore.ts";
import { fillInitrd, packInitrd } from "./initrd.ts";
import { kernelParameters } from "./kernelParameters.ts";
import { type Userland, unpackUserland } from "./userland.ts";

const mebibyte = 1024 ** 2;
const commandLine = `root=fstab loglevel=4 ${kernelParameters}`;

/** What the machine's firmware would need to start the installer itself. */
export interface InstallerBoot {
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
}

/** Unpacks an installer's archive into a folder. */
export async function unpackInstaller(tarball: string, folder: string): Promise<InstallerBoot> {
  await execa("tar", ["-xzf", tarball, "-C", folder]);
  const kexec = join(folder, "kexec");
  const commandLine = /--command-line '([^']+)'/.exec(await readFile(join(kexec, "run"), "utf8"))?.[1];
  if (commandLine === undefined) throw new Error(`${tarball} does not say how its kernel is started.`);
  return { kernel: join(kexec, "bzImage"), initrd: join(kexec, "initrd"), commandLine };
}

/**
 * A tarball with which nixos-anywhere turns a running Linux into an installer.
 *
 * @param initrdMiB what the initial RAM disk is padded to with bytes that do not compress, such as the 336 MiB of the official one
 * @returns its path
 */
export async function buildInstaller(initrdMiB = 0): Promise<string> {
  const userland = await unpackUserland();
  const parts = ["layers/common", "layers/installer", "initrd/installer", "installer"];
  const sources = parts.map((path) => join(guestFolder, path));
  const inputs = [
    userland.root,
    commandLine,
    String(initrdMiB),
    ...(await contentOf(import.meta.filename, ...sources)),
  ];
  const folder = await cachedFolder("installer", inputs, (draft) => build(userland, initrdMiB, draft));
  return join(folder, "nixos-kexec-installer-noninteractive-x86_64-linux.tar.gz");
}

async function build(userland: Userland, initrdMiB: number, folder: string): Promise<void> {
  const work = join(folder, "work");
  const kexec = join(work, "kexec");
  const initrd = join(work, "initrd");
  await mkdir(kexec, { recursive: true });
  const system = await addSystem(userland, work);

  const init = join(guestFolder, "initrd/installer");
  await fillInitrd(userland, initrd, { init, modules: ["loop", "squashfs", "overlay"] });
  await makeStoreImage(userland, system, join(initrd, "nix-store.squashfs"));
  await pack(userland, initrd, initrdMiB, join(kexec, "initrd"));

  await copyFile(join(userland.kernel, "bzImage"), join(kexec, "bzImage"));
  for (const program of ["usr/sbin/kexec", "usr/bin/ip"]) {
    await copyFile(join(userland.root, program), join(kexec, basename(program)));
  }
  const run = await readFile(join(guestFolder, "installer/run"), "utf8");
  const whole = `init=${system.path}/init ${commandLine}`;
  await writeFile(join(kexec, "run"), run.replace("@commandLine@", whole), { mode: 0o755 });
  const tarball = join(folder, "nixos-kexec-installer-noninteractive-x86_64-linux.tar.gz");
  await execa("tar", ["-C", work, "--use-compress-program=gzip -1", "-cf", tarball, "kexec"]);
  await rm(work, { recursive: true });
}

interface System {
  readonly path: string;
  /** What `path` needs. */
  readonly userland: string;
}

/** Two store paths, as everything on NixOS comes from the store: the programs, and the system that starts them. */
async function addSystem(userland: Userland, work: string): Promise<System> {
  const programs = join(work, "programs");
  await execa("cp", ["-al", userland.root, programs]);
  await execa("cp", ["-al", join(userland.kernel, "lib/modules"), join(programs, "usr/lib")]);
  const scripts = `${join(guestFolder, "layers/installer/usr")}/.`;
  await execa("cp", ["-a", "--remove-destination", scripts, join(programs, "usr")]);
  const programsPath = await addToLabStore("lab-userland", programs);

  const system = join(work, "system");
  await mkdir(system);
  for (const layer of ["common", "installer"]) {
    await execa("cp", ["-a", "--remove-destination", join(guestFolder, "layers", layer, "etc"), system]);
  }
  await writeFile(join(system, "etc/shadow"), "root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n", { mode: 0o600 });
  await symlink(`${programsPath}/usr`, join(system, "sw"));
  const init = await readFile(join(guestFolder, "installer/init"), "utf8");
  await writeFile(join(system, "init"), init.replaceAll("@userland@", programsPath));
  await chmod(join(system, "init"), 0o755);
  return { path: await addToLabStore("lab-installer", system), userland: programsPath };
}

/** A squashfs of both paths with their registration, as `nix-store --load-db` reads it. */
async function makeStoreImage(userland: Userland, { path, userland: programs }: System, file: string): Promise<void> {
  const registration = join(file, "../../nix-path-registration");
  // Of each path the hash, the size, what it was built from and how many it needs, which Nix did not look for.
  const database = await runInLabStore("nix-store", ["--dump-db", programs, path]);
  const withNeed = database.replace(new RegExp(`(${path}\n.*\n.*\n.*\n)0$`, "m"), `$11\n${programs}`);
  await writeFile(registration, `${withNeed}\n`);
  const folders = await Promise.all([programs, path].map(physicalPath));
  const options = ["-comp", "zstd", "-Xcompression-level", "6", "-b", "256K", "-no-progress", "-quiet", "-all-root"];
  await userland.tool("mksquashfs", [...folders, registration, file, ...options]);
}

async function pack(userland: Userland, initrd: string, initrdMiB: number, file: string): Promise<void> {
  await packInitrd(userland, initrd, file);
  const missing = initrdMiB * mebibyte - (await stat(file)).size;
  if (missing > 0) {
    for (let written = 0; written < missing; written += mebibyte) {
      const bytes = randomBytes(Math.min(mebibyte, missing - written));
      await appendFile(join(initrd, "nix-store.squashfs"), bytes);
    }
    await packInitrd(userland, initrd, file);
  }
  // The kernel looks for a further archive, which the run script appends, on a 4 byte boundary.
  const { size } = await stat(file);
  await appendFile(file, Buffer.alloc((4 - (size % 4)) % 4));
}
