import { connect } from "node:net";
import type { ControlRequest } from "./controlSocket.ts";

/** What is asked of a run cannot be done: nobody listens, or the run says no. */
export class ControlRefused extends Error {
  override readonly name = "ControlRefused";
}

const replyTimeoutMs = 5_000;

/** Whether a run's process lives: it listens from its first to its last event. */
export function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const settle = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
}

/** Sends a request to a run. Rejects with `ControlRefused` when it is not taken. */
export function sendControlRequest(
  socketPath: string,
  request: Exclude<ControlRequest, { type: "subscribe" }>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let text = "";
    const refuse = (reason: string): void => {
      socket.destroy();
      reject(new ControlRefused(reason));
    };
    socket.setEncoding("utf8").setTimeout(replyTimeoutMs, () => refuse("The run does not answer."));
    socket.once("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    socket.once("error", () => refuse("The run is not at work: its process does not listen."));
    socket.once("close", () => refuse("The run ended before it answered."));
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (!text.includes("\n")) return;
      const error = errorOf(text);
      if (error !== undefined) return refuse(error);
      socket.destroy();
      resolve();
    });
  });
}

/** What a reply complains of; undefined when all is well. */
function errorOf(text: string): string | undefined {
  try {
    const reply: unknown = JSON.parse(text.slice(0, text.indexOf("\n")));
    if (typeof reply !== "object" || reply === null || !("ok" in reply))
      return "The run gives no answer that is known.";
    if (reply.ok === true) return undefined;
    return "error" in reply ? String(reply.error) : "The run refuses it.";
  } catch {
    return "The run gives no answer that is known.";
  }
}
