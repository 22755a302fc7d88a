import type { Step } from "../step.ts";
import { build } from "./build.ts";
import { connectStep } from "./connect.ts";
import { diskGate } from "./diskGate.ts";
import { disko } from "./disko.ts";
import { diskoPatch } from "./diskoPatch.ts";
import { install } from "./install.ts";
import { kexec } from "./kexec.ts";
import { prepareInstaller } from "./prepareInstaller.ts";
import { prepareTarget } from "./prepareTarget.ts";
import { proofAfterBoot } from "./proofAfterBoot.ts";
import { proofBeforeReboot } from "./proofBeforeReboot.ts";
import { reboot } from "./reboot.ts";
import { storeOverlay } from "./storeOverlay.ts";

/** The steps of a bootstrap after the target was looked at, in their order. */
export const steps: readonly Step[] = [
  connectStep,
  prepareTarget,
  build,
  kexec,
  prepareInstaller,
  diskGate,
  diskoPatch,
  disko,
  storeOverlay,
  install,
  proofBeforeReboot,
  reboot,
  proofAfterBoot,
];
