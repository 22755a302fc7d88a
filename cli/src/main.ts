import { bootstrap } from "./commands/bootstrap.ts";
import { check } from "./commands/check.ts";
import { closure } from "./commands/closure.ts";
import { explain } from "./commands/explain.ts";
import { inspect } from "./commands/inspect.ts";
import { rules } from "./commands/rules.ts";
import { runs } from "./commands/runs.ts";
import { processTerminal } from "./processTerminal.ts";
import { runProgram } from "./runProgram.ts";

void runProgram(
  process.argv.slice(2),
  [check, explain, rules, closure, bootstrap, inspect, runs],
  processTerminal(__dirname),
).then((code) => {
  // Not process.exit(): output that is still on its way into a pipe would be lost.
  process.exitCode = code;
});
