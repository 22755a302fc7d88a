import { parseArgs } from "node:util";
import { CannotRun } from "./cannotRun.ts";
import type { CommandSpec, OptionSpec } from "./command.ts";
import { suggestion } from "./suggestion.ts";

export interface ParsedOptions {
  readonly positionals: readonly string[];
  has(name: string): boolean;
  /** The argument of an option, the last one when it was given several times. */
  value(name: string): string | undefined;
  values(name: string): readonly string[];
}

/** Every command has it. */
export const helpOption: OptionSpec = { name: "help", short: "h", help: "Show this help." };

/** Parses what follows a command's name. Throws `CannotRun` for an option it does not have, or one whose argument is missing or empty. */
export function parseOptions(argv: readonly string[], command: CommandSpec): ParsedOptions {
  const known = [...command.options, helpOption];
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      known.map((option) => [
        option.name,
        {
          type: option.value === undefined ? ("boolean" as const) : ("string" as const),
          ...(option.short === undefined ? {} : { short: option.short }),
        },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const values = new Map<string, string[]>();
  const help = `(nixos-vps ${command.name} --help)`;
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const option = known.find(({ name }) => name === token.name);
    if (!option) {
      const near = suggestion(
        token.rawName,
        known.map(({ name }) => `--${name}`),
      );
      throw new CannotRun(`unknown option ${token.rawName}${near} ${help}`);
    }
    if (option.value !== undefined) {
      // parseArgs takes the next word as the argument, even one that is meant as an option.
      if (!token.value || (!token.inlineValue && /^--?[a-z]/.test(token.value)))
        throw new CannotRun(`${token.rawName} needs an argument: ${token.rawName} ${option.value} ${help}`);
    } else if (token.value !== undefined) throw new CannotRun(`${token.rawName} takes no argument ${help}`);
    values.set(option.name, [...(values.get(option.name) ?? []), token.value ?? ""]);
  }
  return {
    positionals,
    has: (name) => values.has(name),
    value: (name) => values.get(name)?.at(-1),
    values: (name) => values.get(name) ?? [],
  };
}
