import { chmod, copyFile, mkdir, mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cachedFolder, contentOf } from "../cache.ts";
import { guestFolder } from "../guestFolder.ts";
import { fillInitrd, packInitrd } from "./initrd.ts";
import { kernelParameters } from "./kernelParameters.ts";
import { type Userland, unpackUserland } from "./userland.ts";

const diskBytes = 4 * 1024 ** 3;
const partitionStartBytes = 1024 ** 2;
const sectorBytes = 512;
/** Of the first sector, what the boot loader may use: the partition table follows. */
const bootCodeBytes = 440;

export interface VpsImages {
  /** A sparse raw image: GRUB, and on one partition a Linux that answers ssh. */
  readonly disk: string;
  /** A folder with the same system for UEFI, which does not start GRUB: what an EFI system partition has in it. */
  readonly efi: string;
}

/** What a rented machine begins with. */
export async function buildVpsImages(): Promise<VpsImages> {
  const userland = await unpackUserland();
  const sources = ["layers/common", "layers/vps", "initrd/vps"].map((path) => join(guestFolder, path));
  const inputs = [userland.root, kernelParameters, ...(await contentOf(import.meta.filename, ...sources))];
  const folder = await cachedFolder("vps", inputs, (draft) => build(userland, draft));
  return { disk: join(folder, "disk.img"), efi: join(folder, "efi") };
}

async function build(userland: Userland, folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "nixos-vps-lab-"));
  try {
    const root = join(folder, "root");
    await fillRoot(userland, root, work);
    await fillEfi(userland, root, join(folder, "efi"));
    const disk = join(folder, "disk.img");
    await writeFile(disk, "");
    await truncate(disk, diskBytes);
    await userland.tool("sfdisk", ["-q", disk], { input: `${partitionStartBytes / sectorBytes},,83,*\n` });
    await makeFileSystem(userland, root, disk);
    await installGrub(userland, disk, work);
    await rm(root, { recursive: true });
  } finally {
    await rm(work, { recursive: true });
  }
}

/** The programs are hard links to the unpacked ones, which must not be written to. */
async function fillRoot(userland: Userland, root: string, work: string): Promise<void> {
  await execa("cp", ["-al", userland.root, root]);
  await execa("cp", ["-al", join(userland.kernel, "lib/modules"), join(root, "usr/lib")]);
  // A machine without Nix.
  await execa("find", [join(root, "usr/bin"), "-name", "nix*", "-delete"]);
  for (const layer of ["common", "vps"]) {
    await execa("cp", ["-a", "--remove-destination", `${join(guestFolder, "layers", layer)}/.`, root]);
  }
  await chmod(join(root, "etc/sudoers"), 0o440);

  const boot = join(root, "boot");
  await mkdir(join(boot, "grub"), { recursive: true });
  await copyFile(join(userland.kernel, "bzImage"), join(boot, "bzImage"));
  const initrd = join(work, "initrd");
  const init = join(guestFolder, "initrd/vps");
  await fillInitrd(userland, initrd, { init, modules: ["virtio_pci", "virtio_blk"] });
  await packInitrd(userland, initrd, join(boot, "initrd"));
  await writeFile(join(boot, "grub/grub.cfg"), `linux /boot/bzImage ${kernelParameters}\ninitrd /boot/initrd\nboot\n`);
}

/** systemd-boot under the name that firmware starts without being told one, and its entry. */
async function fillEfi(userland: Userland, root: string, efi: string): Promise<void> {
  await mkdir(join(efi, "EFI/BOOT"), { recursive: true });
  await mkdir(join(efi, "loader/entries"), { recursive: true });
  await copyFile(
    join(userland.root, "usr/lib/systemd/boot/efi/systemd-bootx64.efi"),
    join(efi, "EFI/BOOT/BOOTX64.EFI"),
  );
  for (const name of ["bzImage", "initrd"]) await copyFile(join(root, "boot", name), join(efi, name));
  const entry = ["title Linux", "linux /bzImage", "initrd /initrd", `options ${kernelParameters}`];
  await writeFile(join(efi, "loader/entries/linux.conf"), entry.map((line) => `${line}\n`).join(""));
}

async function makeFileSystem(userland: Userland, root: string, disk: string): Promise<void> {
  const features = `offset=${partitionStartBytes},lazy_itable_init=1,lazy_journal_init=1`;
  const size = `${(diskBytes - partitionStartBytes) / 1024}k`;
  await userland.tool("mkfs.ext4", ["-q", "-F", "-E", features, "-d", root, disk, size], { asRoot: true });
}

/** What grub-install does on a running machine: the first stage into the first sector, the second behind it. */
async function installGrub(userland: Userland, disk: string, work: string): Promise<void> {
  const modules = join(userland.root, "usr/lib/grub/i386-pc");
  const core = join(work, "core.img");
  const prefix = ["-O", "i386-pc", "-d", modules, "-p", "(hd0,msdos1)/boot/grub", "-o", core];
  await userland.tool("grub-mkimage", [...prefix, "biosdisk", "part_msdos", "ext2", "normal", "configfile", "linux"]);
  const bootCode = (await readFile(join(modules, "boot.img"))).subarray(0, bootCodeBytes);
  const file = await open(disk, "r+");
  try {
    await file.write(bootCode, 0, bootCode.length, 0);
    const secondStage = await readFile(core);
    await file.write(secondStage, 0, secondStage.length, sectorBytes);
  } finally {
    await file.close();
  }
}
