import { ConnectionLost } from "../remote.ts";
import { type Step, StepFailed, verified } from "../step.ts";
import { stepTitles } from "../stepId.ts";

// Pools that are not exported are not imported at boot; what is on disk is written before the machine goes down, a little later, so
// that this command ends in an orderly way.
const rebootScript = `
sync
if command -v zpool >/dev/null && [ -n "$(zpool list -H 2>/dev/null)" ]; then
  umount -Rv /mnt
  zpool export -a || exit 1
fi
nohup sh -c 'sleep 2; sync; reboot' >/dev/null 2>&1 </dev/null &
`;

/** Into the installed system. */
export const reboot: Step = {
  id: "reboot",
  title: stepTitles.reboot,
  timeoutMs: 5 * 60_000,
  isDone: async ({ notes }) => (notes.installedBootId === undefined ? undefined : "the installed system has answered"),
  async run({ machine, signal }) {
    const remote = await machine.connection("installer", signal);
    try {
      const { exitCode, stderr } = await machine.sh("installer", rebootScript, { timeoutMs: 120_000, signal });
      if (exitCode !== 0) throw new StepFailed("The machine could not be rebooted.", { evidence: stderr.trim() });
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
    }
    // A machine that goes down closes its connections; one that hangs shows by the missing answers.
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    await Promise.race([remote.closed, aborted]);
    return "the installer went down";
  },
  verify: verified,
};
