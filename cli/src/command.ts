import type { Terminal } from "./terminal.ts";

/** An option as it is parsed and as the help shows it; one with a `value` takes an argument of that name. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  readonly value?: string;
  readonly multiple?: boolean;
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  /** What follows the command's name in the usage line. */
  readonly arguments: string;
  /** One sentence, for the list of commands. */
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** Paragraphs below the options; how the arguments are read, what the exit code says. */
  readonly notes: readonly string[];
  /** Command lines with what each does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
}

export interface Command extends CommandSpec {
  /** Resolves to the exit code; rejects with `CannotRun` for what the user can mend. */
  run(argv: readonly string[], terminal: Terminal): Promise<number>;
}
