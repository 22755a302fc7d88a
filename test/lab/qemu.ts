import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { accelerator } from "./accelerator.ts";
import { monitorCommand } from "./qmp.ts";
import { identityOf, isRunning, type ProcessIdentity } from "./runningProcess.ts";
import { until } from "./until.ts";

export interface QemuOptions {
  /** Where the sockets and logs go; QEMU's working directory. */
  readonly folder: string;
  readonly memoryMiB: number;
  /** A qcow2 image, which takes snapshots. */
  readonly disk: string;
  /** What the machine reads under /sys/firmware/qemu_fw_cfg/by_name/opt/nixos-vps-lab/. */
  readonly settings: Readonly<Record<string, string>>;
  /** A kernel to start in place of what is on the disk, as the firmware of a machine does that boots from the network. */
  readonly boot?: { readonly kernel: string; readonly initrd: string; readonly commandLine: string };
  /** A file with firmware in place of QEMU's BIOS. */
  readonly firmware?: string;
  /** A folder that is in a USB drive's file system, to start from when nothing on the disk can be started. */
  readonly drive?: string;
  /** A snapshot in the disk image to continue from, instead of starting from the disk. */
  readonly snapshot?: string;
  /** Whether the machine ends with this process, also when that is killed. */
  readonly endsWithThisProcess: boolean;
}

/** A QEMU that runs. */
export interface RunningQemu {
  readonly process: ProcessIdentity;
  /** The port on 127.0.0.1 that leads to the machine's port 22; the kernel has chosen a free one. */
  readonly sshPort: number;
}

const startTimeoutMs = 60_000;

/** Paths in a machine's folder. */
export const qmpSocket = (folder: string) => join(folder, "qmp.sock");
export const consoleSocket = (folder: string) => join(folder, "console.sock");
export const serialLog = (folder: string) => join(folder, "serial.log");
export const errorLog = (folder: string) => join(folder, "qemu.log");

/**
 * Starts a machine with one processor that can reach nothing but whoever connects to its ssh port.
 *
 * @throws Error when QEMU ends at once, with what it said
 */
export async function startQemu(options: QemuOptions): Promise<RunningQemu> {
  const { folder, endsWithThisProcess } = options;
  const qemu = ["qemu-system-x86_64", ...(await qemuArguments(options))];
  const [file = "", ...args] = endsWithThisProcess ? ["setpriv", "--pdeathsig", "KILL", "--", ...qemu] : qemu;
  const log = openSync(errorLog(folder), "w", 0o600);
  const child = spawn(file, args, { cwd: folder, stdio: ["ignore", log, log], detached: !endsWithThisProcess });
  const started = await new Promise<number>((resolve, reject) => {
    child.once("error", () => reject(new Error(`${file} is not installed: npm run setup installs it.`)));
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
  child.unref();
  closeSync(log);
  const running = await identityOf(started);
  const failed = async () => new Error(`QEMU did not start:\n${await readFile(errorLog(folder), "utf8")}`);
  if (running === undefined) throw await failed();
  const sshPort = await until("QEMU to say its port", startTimeoutMs, async () => {
    if (!(await isRunning(running))) throw await failed();
    return forwardedPort(folder);
  });
  return { process: running, sshPort };
}

async function forwardedPort(folder: string): Promise<number | undefined> {
  const table = await monitorCommand(qmpSocket(folder), "info usernet").catch(() => "");
  const port = /HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(table)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** The kernels of the lab have no drivers for it: for them the machine has one disk. */
function usbDrive(folder: string): string[] {
  return [
    ...["-drive", `if=none,id=usb,format=raw,readonly=on,file=fat:${folder}`],
    ...["-device", "qemu-xhci", "-device", "usb-storage,drive=usb,bootindex=1"],
  ];
}

async function qemuArguments(options: QemuOptions): Promise<string[]> {
  const { folder, memoryMiB, disk, settings, boot, firmware, drive, snapshot } = options;
  // QEMU refuses empty ones, and one that is missing reads the same.
  const given = Object.entries(settings).filter(([, value]) => value !== "");
  const firmwareSettings = given.map(([name, value]) => {
    // In QEMU's options a comma in a value is written twice.
    return ["-fw_cfg", `name=opt/nixos-vps-lab/${name},string=${value.replaceAll(",", ",,")}`];
  });
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-m", String(memoryMiB)],
    ...(await accelerator()),
    ...["-drive", `if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap,file=${disk}`],
    ...["-device", "virtio-blk-pci,drive=disk,serial=lab-disk,bootindex=0"],
    ...["-netdev", `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:0-:22`],
    // Without its boot ROM, which would wait for the network.
    ...["-device", "virtio-net-pci,id=nic,netdev=net,romfile="],
    ...["-device", "virtio-rng-pci"],
    ...["-chardev", `socket,id=console,path=console.sock,server=on,wait=off,logfile=${serialLog(folder)}`],
    ...["-serial", "chardev:console", "-qmp", "unix:qmp.sock,server=on,wait=off"],
    ...firmwareSettings.flat(),
    ...(firmware === undefined ? [] : ["-bios", firmware]),
    ...(boot ? ["-kernel", boot.kernel, "-initrd", boot.initrd, "-append", boot.commandLine] : []),
    ...(drive === undefined ? [] : usbDrive(drive)),
    ...(snapshot === undefined ? [] : ["-loadvm", snapshot]),
  ];
}
