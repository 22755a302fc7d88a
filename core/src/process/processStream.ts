import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { signalGroup } from "./runProcess.ts";

/** A program whose input and output are one stream, such as `ssh -W`. */
export interface ProcessStream {
  readonly stream: Duplex;
  /** The end of what it wrote to its standard error. */
  said(): string;
  /** Ends it and what it started; may be called more than once. */
  end(): void;
}

const keptCharacters = 2_000;

/** Starts a program with an argv array; that it is not there shows by a stream that ends at once and by what it said. */
export function openProcessStream([program, ...args]: readonly [string, ...string[]]): ProcessStream {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  let said = "";
  const say = (text: string): void => {
    said = (said + text).slice(-keptCharacters);
  };
  const end = (): void => {
    process.removeListener("exit", end);
    if (child.exitCode === null && child.signalCode === null) signalGroup(child.pid, "SIGTERM");
  };
  process.once("exit", end);
  child.stderr.on("data", (chunk: Buffer) => say(chunk.toString()));
  child.on("error", (error) => say(`${program} could not be started: ${error.message}`));
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  // Whoever uses the stream is told; without a listener of ours a program that ends early would end us.
  stream.on("error", () => undefined);
  return { stream, said: () => said.trim(), end };
}
