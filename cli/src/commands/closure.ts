import { closureCommand } from "../closure/closureCommand.ts";
import { closureSpec } from "../closure/closureOptions.ts";
import type { Command } from "../command.ts";

export const closure: Command = { ...closureSpec, run: closureCommand };
