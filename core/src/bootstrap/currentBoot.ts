import { installerBootId } from "./installerBootId.ts";
import { type StepContext, StepFailed } from "./step.ts";

/** The boot id of the installer that answers now. Throws `StepFailed` when it is another system. */
export async function currentBoot({ machine, signal }: StepContext): Promise<string> {
  const boot = await installerBootId(await machine.connection("installer", signal), signal);
  if (boot === undefined) throw new StepFailed("What answers is not the installer.");
  return boot;
}
