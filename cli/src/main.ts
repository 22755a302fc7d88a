import { check } from "./commands/check.ts";
import { explain } from "./commands/explain.ts";
import { rules } from "./commands/rules.ts";
import { exitCodes } from "./exitCodes.ts";
import { processTerminal } from "./processTerminal.ts";
import { runProgram } from "./runProgram.ts";

process.on("SIGINT", () => process.exit(exitCodes.interrupted));
process.on("SIGTERM", () => process.exit(exitCodes.terminated));

void runProgram(process.argv.slice(2), [check, explain, rules], processTerminal(__dirname)).then((code) => {
  // Not process.exit(): output that is still on its way into a pipe would be lost.
  process.exitCode = code;
});
