import type { Command, CommandSpec, OptionSpec } from "./command.ts";
import { helpOption } from "./parseOptions.ts";
import { wrap } from "./wrap.ts";

const width = 78;

/** The help of the whole program. */
export function renderProgramHelp(commands: readonly Command[]): string {
  return [
    "nixos-vps: finds what would lock you out of a small NixOS machine",
    "",
    "Usage: nixos-vps COMMAND [OPTION...]",
    "",
    "Commands:",
    ...table(commands.map(({ name, summary }) => [name, summary])),
    "",
    "Options:",
    ...table([
      ["-h, --help", "Show this help; nixos-vps COMMAND --help shows that of a command."],
      ["--version", "Show the version."],
    ]),
    "",
    "Examples:",
    ...commands.flatMap(({ examples }) => examples.slice(0, 1)).flatMap(example),
    "",
  ].join("\n");
}

/** The help of one command. */
export function renderCommandHelp(command: CommandSpec): string {
  const options = [...command.options, helpOption];
  return [
    `Usage: nixos-vps ${command.name} ${command.arguments}`.trimEnd(),
    "",
    ...wrap(command.summary, width),
    "",
    "Options:",
    ...table(options.map((option) => [flag(option), option.help])),
    ...command.notes.flatMap((note) => ["", ...wrap(note, width)]),
    "",
    "Examples:",
    ...command.examples.flatMap(example),
    "",
  ].join("\n");
}

function flag({ name, short, value }: OptionSpec): string {
  return `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function example([line, what]: readonly [string, string]): string[] {
  return [...wrap(what, width - 2).map((text) => `  ${text}`), `    ${line}`];
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.flatMap(([name, text]) =>
    wrap(text, width - left - 2).map((line, index) => `  ${(index === 0 ? name : "").padEnd(left)}${line}`),
  );
}
