import { conditionalImportsOnConfig } from "./conditionalImportsOnConfig.ts";
import { firmwareOnVm } from "./firmwareOnVm.ts";
import { hostkeysNotPersisted } from "./hostkeysNotPersisted.ts";
import { impermanenceFsNeededForBoot } from "./impermanenceFsNeededForBoot.ts";
import { machineId } from "./machineId.ts";
import { noConsoleFallback } from "./noConsoleFallback.ts";
import { parentDirectoryModeLocksSharedDir } from "./parentDirectoryModeLocksSharedDir.ts";
import { persistAccountDatabase } from "./persistAccountDatabase.ts";
import { persistDirShadowsEtc } from "./persistDirShadowsEtc.ts";
import { persistGeneratedFile } from "./persistGeneratedFile.ts";
import { persistInsideGeneratedDir } from "./persistInsideGeneratedDir.ts";
import { persistVolumeNotNeededForBoot } from "./persistVolumeNotNeededForBoot.ts";
import { persistWholeEtc } from "./persistWholeEtc.ts";
import { preservationHostkeyBindmount } from "./preservationHostkeyBindmount.ts";
import { preservationVarLibNixosLate } from "./preservationVarLibNixosLate.ts";
import type { Rule } from "./rule.ts";
import { sshdSocketActivated } from "./sshdSocketActivated.ts";
import { unknownSuppression } from "./unknownSuppression.ts";
import { unusedSuppression } from "./unusedSuppression.ts";
import { varLibNixosMissing } from "./varLibNixosMissing.ts";
import { varLibPrivateMode } from "./varLibPrivateMode.ts";

/** All rules, in the order in which they are listed. */
export const rules: readonly Rule[] = [
  persistDirShadowsEtc,
  hostkeysNotPersisted,
  preservationHostkeyBindmount,
  preservationVarLibNixosLate,
  varLibNixosMissing,
  varLibPrivateMode,
  parentDirectoryModeLocksSharedDir,
  machineId,
  persistVolumeNotNeededForBoot,
  persistGeneratedFile,
  persistInsideGeneratedDir,
  impermanenceFsNeededForBoot,
  persistWholeEtc,
  persistAccountDatabase,
  sshdSocketActivated,
  noConsoleFallback,
  firmwareOnVm,
  conditionalImportsOnConfig,
  unknownSuppression,
  unusedSuppression,
];

export const ruleIds: ReadonlySet<string> = new Set(rules.map((rule) => rule.id));
