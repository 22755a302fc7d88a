import { biosBootPartitionMissing } from "./biosBootPartitionMissing.ts";
import { bootstrapPasswordLeftOn } from "./bootstrapPasswordLeftOn.ts";
import { conditionalImportsOnConfig } from "./conditionalImportsOnConfig.ts";
import { desktopPackageUnconditional } from "./desktopPackageUnconditional.ts";
import { devToolchainOnServer } from "./devToolchainOnServer.ts";
import { firmwareOnVm } from "./firmwareOnVm.ts";
import { grubDevice } from "./grubDevice.ts";
import { hostkeysNotPersisted } from "./hostkeysNotPersisted.ts";
import { impermanenceFsNeededForBoot } from "./impermanenceFsNeededForBoot.ts";
import { initialPasswordReapplied } from "./initialPasswordReapplied.ts";
import { machineId } from "./machineId.ts";
import { noConsoleFallback } from "./noConsoleFallback.ts";
import { parentDirectoryModeLocksSharedDir } from "./parentDirectoryModeLocksSharedDir.ts";
import { passwordFileLateMount } from "./passwordFileLateMount.ts";
import { passwordGuardedByPathexists } from "./passwordGuardedByPathexists.ts";
import { passwordSecretNeedsLateKey } from "./passwordSecretNeedsLateKey.ts";
import { persistAccountDatabase } from "./persistAccountDatabase.ts";
import { persistDirShadowsEtc } from "./persistDirShadowsEtc.ts";
import { persistGeneratedFile } from "./persistGeneratedFile.ts";
import { persistInsideGeneratedDir } from "./persistInsideGeneratedDir.ts";
import { persistVolumeNotNeededForBoot } from "./persistVolumeNotNeededForBoot.ts";
import { persistWholeEtc } from "./persistWholeEtc.ts";
import { plaintextPassword } from "./plaintextPassword.ts";
import { preservationHostkeyBindmount } from "./preservationHostkeyBindmount.ts";
import { preservationVarLibNixosLate } from "./preservationVarLibNixosLate.ts";
import { rootLoginWithPassword } from "./rootLoginWithPassword.ts";
import type { Rule } from "./rule.ts";
import { sopsPasswordNotNeededForUsers } from "./sopsPasswordNotNeededForUsers.ts";
import { sshdSocketActivated } from "./sshdSocketActivated.ts";
import { unknownSuppression } from "./unknownSuppression.ts";
import { unusedSuppression } from "./unusedSuppression.ts";
import { varLibNixosMissing } from "./varLibNixosMissing.ts";
import { varLibPrivateMode } from "./varLibPrivateMode.ts";

/** All rules, in the order in which they are listed. */
export const rules: readonly Rule[] = [
  persistDirShadowsEtc,
  persistGeneratedFile,
  persistInsideGeneratedDir,
  impermanenceFsNeededForBoot,
  hostkeysNotPersisted,
  preservationHostkeyBindmount,
  preservationVarLibNixosLate,
  varLibNixosMissing,
  persistWholeEtc,
  persistAccountDatabase,
  varLibPrivateMode,
  parentDirectoryModeLocksSharedDir,
  machineId,
  passwordFileLateMount,
  passwordSecretNeedsLateKey,
  sopsPasswordNotNeededForUsers,
  initialPasswordReapplied,
  bootstrapPasswordLeftOn,
  passwordGuardedByPathexists,
  plaintextPassword,
  persistVolumeNotNeededForBoot,
  sshdSocketActivated,
  rootLoginWithPassword,
  noConsoleFallback,
  desktopPackageUnconditional,
  devToolchainOnServer,
  firmwareOnVm,
  conditionalImportsOnConfig,
  biosBootPartitionMissing,
  grubDevice,
  unknownSuppression,
  unusedSuppression,
];

export const ruleIds: ReadonlySet<string> = new Set(rules.map((rule) => rule.id));
