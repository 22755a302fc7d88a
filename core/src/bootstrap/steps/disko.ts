import { readFileSync } from "node:fs";
import { confirmWipe } from "../confirmWipe.ts";
import { copyToInstaller } from "../copyToInstaller.ts";
import { currentBoot } from "../currentBoot.ts";
import { diskoCommand } from "../diskoCommand.ts";
import { readFilesystems, releaseDisks } from "../disks.ts";
import { uploadFile } from "../installerFiles.ts";
import { diskDamage } from "../kernelLog.ts";
import { readOutput } from "../readOutput.ts";
import { type Step, type StepContext, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";

const wipeTimeoutMs = 30 * 60_000;

/** The point of no return. Exit code 0 proves nothing here: new file systems and a clean kernel log do. */
export const disko: Step = {
  id: "disko",
  title: stepTitles.disko,
  timeoutMs: wipeTimeoutMs + 10 * 60_000,
  async isDone(context) {
    const { diskoBootId, diskoScript, formattedBy, filesystems = [] } = context.notes;
    // A configuration that was corrected may want other partitions.
    if (filesystems.length === 0 || formattedBy !== diskoScript || diskoBootId !== (await currentBoot(context)))
      return undefined;
    const now = await readFilesystems(context);
    const isKept = filesystems.every(({ uuid }) => now.some((each) => each.uuid === uuid));
    return isKept && (await isMounted(context)) ? "the file systems are made and mounted" : undefined;
  },
  run: wipe,
  async verify(context) {
    const damage = diskDamage(context.kernelLines());
    if (damage !== undefined)
      throw new StepFailed(
        "The kernel reports errors of the disk while it was partitioned: what was made cannot be trusted. Power-cycle the machine into an installer before the next attempt.",
        { evidence: damage },
      );
    if (!(await isMounted(context)))
      throw new StepFailed("disko ended, but nothing of the disk is mounted below /mnt.");
  },
};

async function wipe(context: StepContext): Promise<string> {
  const { machine, notes, signal, log } = context;
  const boot = await currentBoot(context);
  if (notes.overlayBootId !== undefined && notes.overlayBootId === boot)
    throw new StepFailed(
      "The installer's store lies on the disk by now, and disko would return without formatting anything. Boot the installer anew, then resume.",
    );
  await copyScript(context);
  await diskoCommand(context);
  await confirmWipe(context);
  for (const { remote, local } of context.request.diskKeys) await uploadFile(context, remote, readFileSync(local));
  // Time went by while somebody typed.
  await releaseDisks(context);
  const before = await readFilesystems(context);
  const command = await diskoCommand(context);
  context.note({ diskoBootId: boot, filesystems: [] });
  const { exitCode, signal: killed } = await machine.sh("installer", command, {
    timeoutMs: wipeTimeoutMs,
    signal,
    onLine: (line) => log(line),
  });
  if (exitCode !== 0)
    throw new StepFailed(`disko ended with ${exitCode === undefined ? `signal ${killed}` : `exit code ${exitCode}`}.`, {
      ...(exitCode === 135 ? { failure: "sigbus" } : {}),
    });
  const after = await readFilesystems(context);
  const kept = after.filter(({ uuid }) => before.some((each) => each.uuid === uuid));
  const made = after.filter((each) => !kept.includes(each));
  if (made.length === 0) throw new StepFailed("disko returned without an error, and made no file system.");
  if (kept[0])
    throw new StepFailed(`disko returned without an error, but ${kept[0].device} still has its old file system.`);
  context.note({ filesystems: made, ...(context.notes.diskoScript ? { formattedBy: context.notes.diskoScript } : {}) });
  return `made file systems on ${made.map(({ device }) => device).join(", ")}`;
}

/** Its own small closure; nothing else goes into the installer's memory. */
async function copyScript(context: StepContext): Promise<void> {
  const { diskoScript } = context.notes;
  if (diskoScript === undefined) throw new StepFailed("There is no disko script yet.");
  await copyToInstaller(context, diskoScript, { onLine: (line) => context.log(line), timeoutMs: 10 * 60_000 });
}

// The directory may not be there yet, and what it will lie on may be a file system, a ZFS dataset, LVM or LUKS: what matters is that
// it is not the memory.
const storeTypeScript = `
dir=/mnt/nix/store
while [ ! -d "\${dir:-/}" ]; do dir=\${dir%/*}; done
findmnt -nro FSTYPE -T "\${dir:-/}" | tail -n 1
`;

/** Whether what is installed to is on a disk. */
export async function isMounted(context: StepContext): Promise<boolean> {
  const type = await readOutput(context, "installer", storeTypeScript, 30_000);
  return !["", "tmpfs", "ramfs", "overlay", "rootfs"].includes(type.trim());
}
