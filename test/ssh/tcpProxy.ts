import { connect, createServer, type Socket } from "node:net";
import { Transform } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** A network between a client and a server on loopback that can be bad. */
export interface TcpProxy {
  readonly port: number;
  /** How many connections there were. */
  accepted(): number;
  /** From now on nothing comes through and nothing is closed, as when a machine hangs or a cable is pulled. */
  freeze(): void;
  close(): void;
}

/** Forwards connections to a port; `slowness` cuts what passes into small pieces that each wait. */
export async function startTcpProxy(
  to: number,
  slowness?: { readonly bytes: number; readonly delayMs: number },
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let accepted = 0;
  const pass = (): Transform =>
    new Transform({
      async transform(chunk: Buffer, _, done) {
        if (isFrozen) return;
        if (!slowness) return done(null, chunk);
        for (let at = 0; at < chunk.length; at += slowness.bytes) {
          await delay(slowness.delayMs);
          this.push(chunk.subarray(at, at + slowness.bytes));
        }
        done();
      },
    });
  const server = createServer({ allowHalfOpen: true }, (client) => {
    accepted++;
    const upstream = connect(to, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.unref();
      socket.on("error", () => undefined);
      socket.on("close", () => {
        if (!isFrozen) for (const each of [client, upstream]) each.destroy();
      });
    }
    client.pipe(pass()).pipe(upstream);
    upstream.pipe(pass()).pipe(client);
  });
  // A test that fails does not close it, and would never end for it.
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    accepted: () => accepted,
    freeze() {
      isFrozen = true;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
