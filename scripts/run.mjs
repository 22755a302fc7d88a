import { spawn } from "node:child_process";
import { root } from "./root.mjs";

/**
 * Runs a program with this process's terminal.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<void>} rejects with a `CommandFailed` when the exit code is not 0
 */
export async function run(file, args, options = {}) {
  const exitCode = await exitCodeOf(file, args, options);
  if (exitCode !== 0) throw new CommandFailed(`\`${[file, ...args].join(" ")}\` failed with exit code ${exitCode}.`);
}

/**
 * Signals go to the program, so that it ends before this process does.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>} 128 plus the signal's number when a signal ended it, as in a shell
 */
export function exitCodeOf(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: "inherit", ...options });
    const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
    const signals = /** @type {const} */ ({ SIGINT: 2, SIGTERM: 15 });
    for (const signal of /** @type {NodeJS.Signals[]} */ (Object.keys(signals))) process.on(signal, forward);
    const forget = () => {
      for (const signal of Object.keys(signals)) process.off(signal, forward);
    };
    child.once("error", (error) => {
      forget();
      reject(new CommandFailed(`\`${file}\` could not be started: ${error.message}`));
    });
    child.once("close", (exitCode, signal) => {
      forget();
      const signalNumber = signal === "SIGINT" || signal === "SIGTERM" ? signals[signal] : 9;
      resolve(exitCode ?? 128 + signalNumber);
    });
  });
}

/** A program that a script needs did not do its work; the message is all that the person at the terminal needs. */
export class CommandFailed extends Error {}
