import { isDeepStrictEqual } from "node:util";
import { currentBoot } from "./currentBoot.ts";
import { describeDisk } from "./describeDisk.ts";
import { readIdentities } from "./disks.ts";
import { type StepContext, StepFailed } from "./step.ts";

/**
 * Resolves when somebody allowed to wipe the disks that the installer shows, and it is still the same installer with the same disks
 * that answers: somebody may take days for it. Throws `StepFailed` otherwise.
 */
export async function confirmWipe(context: StepContext): Promise<void> {
  const { request, yesWipe, ask, machine, log } = context;
  const boot = await currentBoot(context);
  const disks = await readIdentities(context);
  const list = disks.map((disk) => `${disk.device} (${describeDisk(disk)})`).join(" and ");
  const { host } = request.reference;
  if (yesWipe.length > 0) {
    if (disks.some(({ device, name }) => !yesWipe.includes(device) && !yesWipe.includes(`/dev/${name}`)))
      throw new StepFailed(`--yes-wipe allows ${yesWipe.join(" and ")}, and ${host} partitions ${list}.`);
    log(`Wiping ${list} on ${machine.addressOf("installer").host}, as --yes-wipe allows.`, "warning");
    return;
  }
  await ask({
    kind: "confirm-wipe",
    text: `Everything on ${list} of ${request.target} will be lost, for ${host}. Type ${host} to go on.`,
    expects: host,
    wipes: { address: addressOf(machine.addressOf("installer")), disks },
  });
  if ((await currentBoot(context)) !== boot)
    throw new StepFailed("The machine was started anew after the question was asked. Nothing was wiped: resume.");
  if (!isDeepStrictEqual(await readIdentities(context), disks))
    throw new StepFailed(`The disks are not ${list} any more, which was asked about. Nothing was wiped: resume.`);
}

function addressOf({ hostname, port }: ReturnType<StepContext["machine"]["addressOf"]>): string {
  return port === 22 ? hostname : `${hostname} port ${port}`;
}
