import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { secretVariables } from "../../core/src/bootstrap/loginSecrets.ts";
import { systemError } from "../../core/src/systemError.ts";
import { exitCodes } from "./exitCodes.ts";
import type { Terminal } from "./terminal.ts";

/**
 * The terminal of this process. Closed pipes and terminals are no error: what would be written to them is dropped. Output that cannot
 * be written otherwise, as on a full disk, is said once, and the process ends with `cannotRun` when it is done.
 */
export function processTerminal(bundleDirectory: string): Terminal {
  const { stdin, stdout, stderr } = process;
  const env = { ...process.env };
  // Programs that are started inherit the environment, and what opens a machine is none of their business.
  for (const name of secretVariables) delete process.env[name];
  let hasFailed = false;
  for (const stream of [stdin, stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE" || error.code === "EIO" || hasFailed) return;
      hasFailed = true;
      process.once("exit", () => {
        process.exitCode = exitCodes.cannotRun;
      });
      if (stream !== stderr) stderr.write(`nixos-vps: the output could not be written: ${systemError(error)}\n`);
    });
  }
  const started = Date.now();
  let linesShown = 0;
  const clearProgress = (): void => {
    if (linesShown > 1) stderr.write(`\x1b[${linesShown - 1}A`);
    if (linesShown > 0) stderr.write("\r\x1b[J");
    linesShown = 0;
  };
  let onInterrupt: (() => void) | undefined;
  for (const [signal, code] of [
    ["SIGINT", exitCodes.interrupted],
    ["SIGTERM", exitCodes.terminated],
    // The terminal was closed.
    ["SIGHUP", exitCodes.hungUp],
  ] as const) {
    process.on(signal, () => {
      const listener = onInterrupt;
      onInterrupt = undefined;
      if (listener) listener();
      else process.exit(code);
    });
  }
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
      const lines = text.split("\n").map((line) => line.slice(0, (stderr.columns || 80) - 1));
      stderr.write(lines.join("\n"));
      linesShown = lines.length;
    },
    interactive: stdin.isTTY && stderr.isTTY,
    readLine(prompt, signal) {
      clearProgress();
      return readFrom(createInterface({ input: stdin, output: stderr }), prompt, signal);
    },
    async readSecret(prompt, signal) {
      clearProgress();
      // It takes the showing of what is typed from the terminal, and shows nothing.
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
      const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
      stderr.write(prompt);
      try {
        return await readFrom(lines, "", signal);
      } finally {
        stderr.write("\n");
      }
    },
    onInterrupt(listener) {
      onInterrupt = listener;
    },
    columns: stdout.isTTY ? stdout.columns || 80 : undefined,
    colours: stdout.isTTY && stdout.hasColors(),
    env,
    directory: process.cwd(),
    bundleDirectory,
    readInput: () => buffer(stdin),
  };
}

async function readFrom(lines: Interface, prompt: string, signal: AbortSignal): Promise<string> {
  // A terminal that was closed cannot be set back to how it was.
  lines.on("error", () => undefined);
  // An interrupt on a terminal in this mode comes as a character.
  lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  // A question whose input ends would wait for ever.
  const ended = new Promise<never>((_, reject) => lines.once("close", () => reject(new Error("the input has ended"))));
  try {
    return await Promise.race([lines.question(prompt, { signal }), ended]);
  } finally {
    lines.close();
  }
}
