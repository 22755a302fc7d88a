import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { createMachine, NeverAnswered } from "../../core/src/bootstrap/machine.ts";
import {
  CommandTimedOut,
  ConnectionFailed,
  ConnectionLost,
  connect,
  type Remote,
} from "../../core/src/bootstrap/remote.ts";
import { freePort, machineOptions, type SshServer, startSshServer, targetAt } from "./sshServer.ts";
import { startTcpProxy } from "./tcpProxy.ts";

const skip = !existsSync("/usr/sbin/sshd") && "openssh-server is not installed";
let server: SshServer;

before(async () => {
  if (!skip) server = await startSshServer();
});
after(() => server?.stop());

const loginAt = (port: number, changes: object = {}): Promise<Remote> =>
  connect({
    target: targetAt(port),
    acceptedKeys: [server.hostKey],
    privateKey: server.privateKey,
    timeoutMs: 30_000,
    ...changes,
  });

test("a slow network is waited for", { skip }, async () => {
  const slow = await startTcpProxy(server.port, { bytes: 256, delayMs: 2 });
  const remote = await loginAt(slow.port, { silenceMs: 4_000 });
  const { stdout } = await remote.run("head -c 20000 /dev/zero | tr '\\0' x", { timeoutMs: 60_000 });
  assert.equal(stdout.length, 20_000);
  remote.close();
  slow.close();
});

test("a peer that hangs in the middle of a command is told from one that is slow, and from one that goes down", {
  skip,
}, async () => {
  const network = await startTcpProxy(server.port);
  const remote = await loginAt(network.port, { silenceMs: 2_000 });
  // A command that says nothing for longer than the silence is no hung peer: the peer answers.
  assert.equal((await remote.run("sleep 3; echo on", { timeoutMs: 30_000 })).stdout, "on\n");
  const running = remote.run("echo started; sleep 60", { timeoutMs: 60_000, onLine: () => network.freeze() });
  await assert.rejects(running, (error: unknown) => {
    assert.ok(error instanceof ConnectionLost && error.isSilent);
    assert.match(error.message, /^127\.0\.0\.1 has been silent for 2 s: it hangs, or the network to it is gone\.$/);
    return true;
  });
  network.close();

  const dying = await startSshServer({ clientKeyFile: server.privateKeyFile });
  const other = await connect({
    target: dying.target,
    acceptedKeys: [dying.hostKey],
    privateKey: server.privateKey,
    timeoutMs: 30_000,
  });
  const cut = other.run("echo started; sleep 60", { timeoutMs: 60_000, onLine: () => dying.kill() });
  await assert.rejects(cut, (error: unknown) => error instanceof ConnectionLost && !error.isSilent);
  dying.stop();
});

test("a command that hangs on a machine that answers has its own limit", { skip }, async () => {
  const remote = await loginAt(server.port, { silenceMs: 2_000 });
  await assert.rejects(remote.run("sleep 60", { timeoutMs: 3_000 }), CommandTimedOut);
  assert.equal((await remote.run("echo on", { timeoutMs: 30_000 })).stdout, "on\n");
  remote.close();
});

test("a peer that hangs while it is taken leave of is not waited for", { skip }, async () => {
  const network = await startTcpProxy(server.port);
  const remote = await loginAt(network.port, { silenceMs: 60_000 });
  network.freeze();
  remote.close();
  await remote.closed;
  network.close();
});

test("a network that is gone at the login is given up with a reason of its own", { skip }, async () => {
  const network = await startTcpProxy(server.port);
  network.freeze();
  await assert.rejects(
    loginAt(network.port, { timeoutMs: 300 }),
    (error: unknown) => error instanceof ConnectionFailed && error.reason === "timed-out",
  );
  network.close();
});

test("a machine that never comes back is given up after its limit, with what was seen last", { skip }, async () => {
  const port = await freePort();
  const machine = createMachine(
    () => ({
      target: targetAt(port),
      acceptedKeys: [server.hostKey],
      privateKey: server.privateKey,
    }),
    machineOptions,
  );
  await assert.rejects(
    machine.waitFor({
      stage: "installer",
      timeoutMs: 300,
      signal: new AbortController().signal,
      isExpected: async () => true,
    }),
    (error: unknown) =>
      error instanceof NeverAnswered &&
      error.message ===
        `127.0.0.1 port ${port} did not answer as expected within 0 s. Nothing listens at 127.0.0.1 port ${port}: check the port, and that sshd runs there.`,
  );
});

test("a machine that was dark is logged in to over the connection on which it introduces itself", {
  skip,
}, async () => {
  const network = await startTcpProxy(server.port);
  const dark = await freePort();
  const login = { acceptedKeys: [server.hostKey], privateKey: server.privateKey };
  let port = dark;
  const machine = createMachine(() => ({ target: targetAt(port), ...login }), machineOptions);
  let silences = 0;
  const waiting = (timeoutMs: number): Promise<Remote> =>
    machine.waitFor({
      ...{ stage: "installer", timeoutMs, signal: new AbortController().signal, isExpected: async () => true },
      onSilence: () => silences++,
    });
  await assert.rejects(waiting(600), NeverAnswered);
  assert.ok(silences > 0);
  port = network.port;
  silences = 0;
  const remote = await waiting(60_000);
  assert.equal((await remote.run("echo on", { timeoutMs: 30_000 })).stdout, "on\n");
  assert.deepEqual([network.accepted(), silences], [1, 0]);
  machine.close();
  network.close();
});
