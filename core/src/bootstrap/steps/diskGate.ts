import { describeDisk } from "../describeDisk.ts";
import { readIdentities, readUses, releaseDisks } from "../disks.ts";
import { type Step, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";

/** No swap, no mount and no holder on a disk that is repartitioned, and it is the disk that was planned for. */
export const diskGate: Step = {
  id: "disk-gate",
  title: stepTitles["disk-gate"],
  timeoutMs: 5 * 60_000,
  isDone: async ({ notes }) =>
    notes.diskoBootId !== undefined && notes.diskoBootId === notes.installerBootId ? "disko has run" : undefined,
  async run(context) {
    const identities = await readIdentities(context);
    const released = await releaseDisks(context);
    const names = identities.map((disk) => `${disk.device} (${describeDisk(disk)})`).join(", ");
    return released.length === 0
      ? `nothing uses ${names}`
      : `released ${released.map(({ kind, name }) => `${kind} ${name}`).join(", ")} on ${names}`;
  },
  async verify(context) {
    const [use] = await readUses(context);
    if (use) throw new StepFailed(`${use.device} is in use: ${use.kind} ${use.name}.`, { failure: "disk-in-use" });
  },
};
