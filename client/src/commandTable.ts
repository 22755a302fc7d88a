import { explainRuleCommand } from "../../core/src/protocol.ts";
import { bootstrap } from "./commands/bootstrap.ts";
import {
  cancelBootstrap,
  openRunLog,
  refreshRuns,
  resumeBootstrap,
  saveReport,
  showRun,
} from "./commands/bootstrapRuns.ts";
import { checkFlake } from "./commands/checkFlake.ts";
import { analyzeClosure, measureClosure } from "./commands/closure.ts";
import { explainRule } from "./commands/explainRule.ts";
import { openWalkthrough } from "./commands/openWalkthrough.ts";
import { restartServer } from "./commands/restartServer.ts";
import { showLog } from "./commands/showLog.ts";
import type { Context } from "./context.ts";

/** Every command of the manifest. */
export const commandTable: Readonly<Record<string, (context: Context, ...args: unknown[]) => unknown>> = {
  "nixosVps.bootstrap": bootstrap,
  "nixosVps.resumeBootstrap": resumeBootstrap,
  "nixosVps.cancelBootstrap": cancelBootstrap,
  "nixosVps.showRun": showRun,
  "nixosVps.refreshRuns": refreshRuns,
  "nixosVps.openRunLog": openRunLog,
  "nixosVps.saveReport": saveReport,
  "nixosVps.analyzeClosure": analyzeClosure,
  "nixosVps.measureClosure": measureClosure,
  "nixosVps.checkFlake": checkFlake,
  [explainRuleCommand]: explainRule,
  "nixosVps.openWalkthrough": openWalkthrough,
  "nixosVps.restartServer": restartServer,
  "nixosVps.showLog": showLog,
};
