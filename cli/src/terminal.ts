/** What a command sees of the process it runs in. */
export interface Terminal {
  /** Writes to standard output. */
  print(text: string): void;
  /** Writes a line to standard error. */
  note(text: string): void;
  /** Writes a line to standard error that begins with the program's name. */
  warn(line: string): void;
  /** Replaces the lines that say how far a long task is; only seen on a terminal. Empty: the task is done. */
  progress(text: string): void;
  /** Whether somebody sits there: input and error output are a terminal. */
  readonly interactive: boolean;
  /** Reads one line that is typed. Rejects with the signal's reason, and when the input ends (Ctrl-D). */
  readLine(prompt: string, signal: AbortSignal): Promise<string>;
  /** Reads one line that is not shown while it is typed; rejects as `readLine` does. */
  readSecret(prompt: string, signal: AbortSignal): Promise<string>;
  /**
   * Calls the listener instead of ending the process when it is interrupted or terminated or its terminal is closed; a second time
   * ends it.
   */
  onInterrupt(listener: () => void): void;
  /** Whether standard output shows colours: a terminal, unless NO_COLOR is set. */
  readonly colours: boolean;
  /** Width of standard output; undefined where it is no terminal. */
  readonly columns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working directory. */
  readonly directory: string;
  /** Absolute path of the directory of the bundle and both WebAssembly files; `docs` and `package.json` are beside it. */
  readonly bundleDirectory: string;
  /** Reads standard input to its end. */
  readInput(): Promise<Buffer>;
}
