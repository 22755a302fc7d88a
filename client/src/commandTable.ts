import { explainRuleCommand } from "../../core/src/protocol.ts";
import { checkFlake } from "./commands/checkFlake.ts";
import { explainRule } from "./commands/explainRule.ts";
import { restartServer } from "./commands/restartServer.ts";
import { showLog } from "./commands/showLog.ts";
import type { Context } from "./context.ts";

/** Every command of the manifest. */
export const commandTable: Readonly<Record<string, (context: Context, ...args: unknown[]) => unknown>> = {
  "nixosVps.checkFlake": checkFlake,
  [explainRuleCommand]: explainRule,
  "nixosVps.restartServer": restartServer,
  "nixosVps.showLog": showLog,
};
