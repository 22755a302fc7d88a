import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { access, constants, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { unpackUserland } from "./images/userland.ts";

const kvm = ["-accel", "kvm", "-cpu", "host"];
/** QEMU 7.2 emulates cmpxchg16b in a way that Linux 6.12 has died of. */
const emulation = ["-accel", "tcg", "-cpu", "qemu64,-cx16"];
const probeMs = 5_000;

/** QEMU's options for the fastest way to run a machine that works here. */
export async function accelerator(): Promise<readonly string[]> {
  return (await hasKvm()) ? kvm : emulation;
}

/** Asks once per boot of this machine: in some virtual machines /dev/kvm is there but runs nothing. */
async function hasKvm(): Promise<boolean> {
  const device = await access("/dev/kvm", constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!device) return false;
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const answerFile = join(cacheFolder(), `kvm-${boot}`);
  if (existsSync(answerFile)) return (await readFile(answerFile, "utf8")) === "yes";
  const answer = await startsLinux(kvm);
  await mkdir(cacheFolder(), { recursive: true });
  await writeFile(answerFile, answer ? "yes" : "no");
  return answer;
}

async function startsLinux(options: readonly string[]): Promise<boolean> {
  const { kernel } = await unpackUserland();
  const machine = ["-nodefaults", "-display", "none", "-serial", "stdio", "-m", "256", "-no-reboot"];
  const boot = ["-kernel", join(kernel, "bzImage"), "-append", "console=ttyS0 panic=-1"];
  const child = spawn("qemu-system-x86_64", [...options, ...machine, ...boot], { stdio: ["ignore", "pipe", "ignore"] });
  const limit = setTimeout(() => child.kill("SIGKILL"), probeMs);
  try {
    let output = "";
    for await (const part of child.stdout) {
      output += String(part);
      if (output.includes("Linux version")) return true;
    }
    return false;
  } finally {
    clearTimeout(limit);
    child.kill("SIGKILL");
  }
}
