import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { RunEvent } from "./events.ts";

/** What a client sends, one JSON object a line. */
export type ControlRequest =
  | { readonly type: "subscribe"; readonly from: number }
  | { readonly type: "cancel" }
  | { readonly type: "confirm" | "answer"; readonly question: string; readonly value: string };

export interface ControlHandlers {
  /** Events that happened so far. */
  events(): readonly RunEvent[];
  cancel(): void;
  /** Answers a question; false when it is not open or the answer is not what it expects. */
  answer(question: string, value: string): boolean;
}

export interface ControlSocket {
  /** Sends an event to all that follow. */
  publish(event: RunEvent): void;
  close(): void;
}

/** The run cannot be followed and steered; the message says what to do. */
export class SocketUnavailable extends Error {
  override readonly name = "SocketUnavailable";
}

/** A client that sends more than this without an end of line is no client. */
const longestLine = 64 * 1024;

/** What macOS takes; Linux takes four bytes more (unix(7)). */
const longestPath = 103;

/** A client that reads so slowly that this much waits for it is let go; it can come back and read on. */
const mostWaitingBytes = 16 * 1024 * 1024;

const farewellMs = 2_000;

/**
 * Listens on a unix socket in the run's directory, which only its owner can enter. Events go out as they are in the journal, from
 * the number a client asks for; each request is answered by `{"ok":true}` or `{"ok":false,"error":"…"}`. Throws `SocketUnavailable`.
 */
export async function openControlSocket(path: string, handlers: ControlHandlers): Promise<ControlSocket> {
  if (Buffer.byteLength(path) > longestPath)
    throw new SocketUnavailable(
      `${path} is too long for a socket: set NIXOS_VPS_STATE_DIR to a directory with a shorter path.`,
    );
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  /** Which of them follow, and from which number on. */
  const clients = new Map<Socket, number>();
  const send = (socket: Socket, value: object): void => {
    if (socket.writableLength > mostWaitingBytes) socket.destroy();
    else socket.write(`${JSON.stringify(value)}\n`);
  };
  const publishTo = (socket: Socket, event: RunEvent): void => {
    const next = clients.get(socket);
    if (next === undefined || event.seq < next) return;
    clients.set(socket, event.seq + 1);
    send(socket, event);
  };

  const handle = (socket: Socket, line: string): void => {
    const request = parseRequest(line);
    switch (request?.type) {
      case undefined:
        send(socket, { ok: false, error: "not a request" });
        return;
      case "subscribe":
        clients.set(socket, request.from);
        send(socket, { ok: true });
        for (const event of handlers.events()) publishTo(socket, event);
        return;
      case "cancel":
        handlers.cancel();
        send(socket, { ok: true });
        return;
      case "confirm":
      case "answer":
        send(
          socket,
          handlers.answer(request.question, request.value)
            ? { ok: true }
            : { ok: false, error: "that is not what the question expects" },
        );
    }
  };

  const server = createServer((socket) => {
    let rest = "";
    sockets.add(socket);
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      clients.delete(socket);
    });
    socket.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > longestLine) socket.destroy();
      for (const line of lines) if (line.trim() !== "") handle(socket, line);
    });
  });
  // The mode of the socket is the one at its creation; the umask closes the moment before a chmod.
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  } catch (error) {
    throw new SocketUnavailable(`${path} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    process.umask(umask);
  }
  return {
    publish(event) {
      for (const socket of clients.keys()) publishTo(socket, event);
    },
    close() {
      server.close();
      for (const socket of sockets) {
        // What a client has not read by then is in the journal; one that reads nothing must not keep the process.
        const timer = setTimeout(() => socket.destroy(), farewellMs);
        socket.once("close", () => clearTimeout(timer));
        socket.destroySoon();
      }
      rmSync(path, { force: true });
    },
  };
}

function parseRequest(line: string): ControlRequest | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("type" in value)) return undefined;
    if (value.type === "cancel") return { type: "cancel" };
    if (value.type === "subscribe")
      return { type: "subscribe", from: "from" in value && typeof value.from === "number" ? value.from : 1 };
    const isAnswer = value.type === "confirm" || value.type === "answer";
    if (
      isAnswer &&
      "question" in value &&
      typeof value.question === "string" &&
      "value" in value &&
      typeof value.value === "string"
    ) {
      return { type: value.type as "confirm" | "answer", question: value.question, value: value.value };
    }
    return undefined;
  } catch {
    return undefined;
  }
}
