import { conditionalImportsOnConfig } from "./conditionalImportsOnConfig.ts";
import { persistDirShadowsEtc } from "./persistDirShadowsEtc.ts";
import type { Rule } from "./rule.ts";
import { sshdSocketActivated } from "./sshdSocketActivated.ts";
import { unknownSuppression } from "./unknownSuppression.ts";
import { unusedSuppression } from "./unusedSuppression.ts";

/** All rules, in the order in which they are listed. */
export const rules: readonly Rule[] = [
  persistDirShadowsEtc,
  sshdSocketActivated,
  conditionalImportsOnConfig,
  unknownSuppression,
  unusedSuppression,
];

export const ruleIds: ReadonlySet<string> = new Set(rules.map((rule) => rule.id));
