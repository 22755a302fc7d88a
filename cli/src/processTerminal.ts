import { buffer } from "node:stream/consumers";
import type { Terminal } from "./terminal.ts";

/** The terminal of this process. Closed pipes are no error: what would be written to them is dropped. */
export function processTerminal(bundleDirectory: string): Terminal {
  const { stdin, stdout, stderr, env } = process;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  const started = Date.now();
  let progressShown = false;
  const clearProgress = (): void => {
    if (progressShown) stderr.write("\r\x1b[K");
    progressShown = false;
  };
  const note = (text: string): void => {
    clearProgress();
    stderr.write(`${text}\n`);
  };
  return {
    print(text) {
      clearProgress();
      stdout.write(text);
    },
    note,
    warn: (line) => note(`nixos-vps: ${line}`),
    progress(text) {
      clearProgress();
      // What is done in the blink of an eye needs no progress.
      if (text === "" || !stderr.isTTY || Date.now() - started < 500) return;
      stderr.write(text.slice(0, stderr.columns - 1));
      progressShown = true;
    },
    colours: stdout.isTTY && stdout.hasColors(),
    env,
    directory: process.cwd(),
    bundleDirectory,
    readInput: () => buffer(stdin),
  };
}
