import { shellQuote } from "../shellQuote.ts";
import { type Step, type StepContext, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";

/** On the disk, below the store that is installed to, so that it is on a file system that lasts and is large. */
const overlayDirectory = "/mnt/nix/.nixos-vps-store";

// Stacked, because the overlay that is there cannot be unmounted while programs run from it; what it holds is copied first, or it
// would be hidden while Nix's database still calls it valid.
const mountScript = `
set -eu
mkdir -p ${overlayDirectory}/store ${overlayDirectory}/work
cp -a /nix/.rw-store/store/. ${overlayDirectory}/store/
mount -t overlay overlay -o lowerdir=/nix/.ro-store,upperdir=${overlayDirectory}/store,workdir=${overlayDirectory}/work /nix/store
`;

const checkScript = `findmnt -no OPTIONS /nix/store | tail -n 1 | grep -qF upperdir=${overlayDirectory}/store`;

// The stack is taken off again: programs that run keep what they have open, and what they start comes from the one below.
const removeScript = `
if ${checkScript}; then umount -l /nix/store; fi
rm -rf ${overlayDirectory}
! test -e ${overlayDirectory}
`;

/** Lets what is copied into the installer's own store land on the disk. */
export const storeOverlay: Step = {
  id: "store-overlay",
  title: stepTitles["store-overlay"],
  timeoutMs: 10 * 60_000,
  isDone: async (context) => ((await isThere(context)) ? "the installer's store is on the disk" : undefined),
  async run({ machine, signal, note, notes }) {
    // Noted first: disko must not run again from here on, also when this is cut short.
    if (notes.diskoBootId !== undefined) note({ overlayBootId: notes.diskoBootId });
    const { exitCode, stderr } = await machine.sh("installer", mountScript, { timeoutMs: 8 * 60_000, signal });
    if (exitCode !== 0)
      throw new StepFailed("The installer's store could not be put on the disk.", { evidence: stderr.trim() });
    return "what is copied to the installer goes to the disk";
  },
  async verify(context) {
    if (!(await isThere(context))) throw new StepFailed("The installer's store is not on the disk.");
    const { stdout, exitCode } = await context.machine.sh(
      "installer",
      `test -e ${shellQuote(context.notes.diskoScript ?? "")} && echo there`,
      {
        timeoutMs: 30_000,
        signal: context.signal,
      },
    );
    if (exitCode !== 0 || stdout.trim() !== "there") throw new StepFailed("Paths that were copied before are hidden.");
  },
};

/** Takes the overlay away, so that nothing of it stays on the installed disk. */
export async function removeOverlay({ machine, signal }: StepContext): Promise<void> {
  const { exitCode, stderr } = await machine.sh("installer", removeScript, { timeoutMs: 5 * 60_000, signal });
  if (exitCode !== 0)
    throw new StepFailed("The overlay could not be removed from the disk.", { evidence: stderr.trim() });
}

async function isThere({ machine, signal }: StepContext): Promise<boolean> {
  return (await machine.sh("installer", checkScript, { timeoutMs: 30_000, signal })).exitCode === 0;
}
