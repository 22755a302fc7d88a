import { memoryMiB } from "../memoryForecast.ts";
import { neverDone, type Step, type StepContext, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";
import { zramScript } from "../zramScript.ts";

// The installer collects garbage while it copies when its store has less than 512 MiB free, which on a small machine is always
// (nixos-images nix/nix-settings.nix).
const settingsScript = `
mkdir -p /root/.config/nix
grep -qsx 'min-free = 0' /root/.config/nix/nix.conf || echo 'min-free = 0' >> /root/.config/nix/nix.conf
`;

// The compressed swap is there by now, so that what was swapped out has room.
const diskSwapOffScript = `
awk 'NR > 1 && $1 !~ /^\\/dev\\/zram/ { print $1 }' /proc/swaps | while read -r swap; do
  echo "switching off $swap"
  swapoff "$(printf '%b' "$swap")"
done
`;

const checkScript = `
awk 'NR > 1 && $1 ~ /^\\/dev\\/zram/ { zram = 1 } NR > 1 && $1 !~ /^\\/dev\\/zram/ { disk = $1 } END { print "zram", zram + 0; print "disk", disk }' /proc/swaps
grep -qsx 'min-free = 0' /root/.config/nix/nix.conf && echo settings 1
cut -d' ' -f1 /proc/uptime
`;

/**
 * Makes the memory last before anything is copied: compressed swap first, where the step before has not begun with it, then no swap
 * on disks that are repartitioned.
 */
export const prepareInstaller: Step = {
  id: "prepare-installer",
  title: stepTitles["prepare-installer"],
  timeoutMs: 5 * 60_000,
  // What it does looks first, and every moment without swap counts.
  isDone: neverDone,
  async run({ machine, signal, log, plan, request }) {
    const totalMiB = memoryMiB(plan.facts);
    // The store's tmpfs holds half of the memory, whatever the swap; it can grow while it is in use.
    const resize = request.diskoDependencies
      ? `mount -o remount,size=${Math.round(totalMiB * 0.9)}M /nix/.rw-store && echo "store resized"\n`
      : "";
    const { stdout, exitCode, stderr } = await machine.sh(
      "installer",
      `${zramScript(totalMiB)}${diskSwapOffScript}${settingsScript}${resize}`,
      { timeoutMs: 4 * 60_000, signal, onLine: (line) => log(line) },
    );
    if (exitCode !== 0)
      throw new StepFailed("The installer could not be prepared.", {
        evidence: stderr.trim().split("\n").at(-1) ?? "",
      });
    return stdout.trim().split("\n").join(", ");
  },
  async verify(context) {
    const problem = await problemOf(context);
    if (problem !== undefined) throw new StepFailed(problem);
  },
};

async function problemOf({ machine, signal, plan, log }: StepContext): Promise<string | undefined> {
  const { stdout } = await machine.sh("installer", checkScript, { timeoutMs: 30_000, signal });
  const swap = /^disk (\S.*)$/m.exec(stdout)?.[1];
  if (swap !== undefined) return `${swap} is still used for swap.`;
  if (!stdout.includes("settings 1")) return "Nix in the installer would still collect garbage while it copies.";
  if (stdout.includes("zram 1")) return undefined;
  // Without zram there is nothing that can be done about the memory; the forecast has said whether it suffices.
  const needsZram = plan.forecast.some((row) => row.step !== "kexec" && row.verdict !== "ok");
  if (needsZram) return "The installer has no compressed swap, and the memory does not suffice without.";
  log("The installer has no compressed swap; the memory should suffice without.", "warning");
  return undefined;
}
