import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { inspect } from "node:util";
import { NoStateDirectory } from "../../core/src/stateDirectory.ts";
import { CannotRun } from "./cannotRun.ts";
import type { Command } from "./command.ts";
import { exitCodes } from "./exitCodes.ts";
import { printable } from "./formats/printable.ts";
import { renderCommandHelp, renderProgramHelp } from "./renderHelp.ts";
import { suggestion } from "./suggestion.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Runs the command that the arguments name and resolves to the exit code; what goes wrong is one line on standard error. */
export async function runProgram(
  argv: readonly string[],
  commands: readonly Command[],
  terminal: Terminal,
): Promise<number> {
  try {
    return await dispatch(argv, commands, terminal);
  } catch (error) {
    const isSaid = error instanceof CannotRun || error instanceof NoStateDirectory;
    // What another machine said may stand in the message.
    terminal.warn(printable(isSaid ? error.message : `unexpected error: ${inspect(error)}`));
    return exitCodes.cannotRun;
  }
}

async function dispatch(argv: readonly string[], commands: readonly Command[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    terminal.note(renderProgramHelp(commands).trimEnd());
    return exitCodes.cannotRun;
  }
  if (name === "--version") {
    terminal.print(`nixos-vps ${await version(terminal.bundleDirectory)}\n`);
    return exitCodes.clean;
  }
  const isHelp = name === "--help" || name === "-h" || name === "help";
  const command = commands.find((each) => each.name === (isHelp ? rest[0] : name));
  if (isHelp && rest.length === 0) {
    terminal.print(renderProgramHelp(commands));
    return exitCodes.clean;
  }
  if (!command) throw unknownCommand(isHelp ? (rest[0] ?? "") : name, commands, terminal.directory);
  if (isHelp || asksForHelp(rest)) {
    terminal.print(renderCommandHelp(command));
    return exitCodes.clean;
  }
  return command.run(rest, terminal);
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? argv.length : end).some((word) => word === "--help" || word === "-h");
}

function unknownCommand(name: string, commands: readonly Command[], directory: string): CannotRun {
  if (name.startsWith("-")) return new CannotRun(`unknown option ${name} before a command (nixos-vps --help)`);
  const near = existsSync(resolve(directory, name))
    ? `; did you mean "nixos-vps check ${name}"?`
    : suggestion(
        name,
        commands.map((each) => each.name),
      );
  return new CannotRun(`unknown command "${name}"${near} (nixos-vps --help)`);
}
