import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { knownHostKeys, knownHostsLine } from "../../core/src/bootstrap/hostKeys.ts";
import { resolveSshTarget, SshConfigurationError } from "../../core/src/bootstrap/openSsh.ts";
import {
  CommandTimedOut,
  ConnectionFailed,
  ConnectionLost,
  connect,
  HostKeyMismatch,
  type Remote,
} from "../../core/src/bootstrap/remote.ts";
import { shellCommand } from "../../core/src/bootstrap/shellQuote.ts";
import { freePort, makeKey, type SshServer, startSshServer, targetAt } from "./sshServer.ts";

const skip = !existsSync("/usr/sbin/sshd") && "openssh-server is not installed";
let server: SshServer;
let remote: Remote;

const login = (on: SshServer, changes: object = {}): Promise<Remote> =>
  connect({ target: on.target, acceptedKeys: [on.hostKey], privateKey: on.privateKey, timeoutMs: 10_000, ...changes });

before(async () => {
  if (skip) return;
  server = await startSshServer();
  remote = await login(server);
});
after(() => {
  remote?.close();
  server?.stop();
});

test("a command's output, exit code, lines and standard input", { skip }, async () => {
  const lines: string[] = [];
  const result = await remote.run("cat; echo err >&2; exit 7", {
    timeoutMs: 10_000,
    stdin: "a\nb",
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  });
  assert.deepEqual(result, { exitCode: 7, signal: undefined, stdout: "a\nb", stderr: "err\n" });
  assert.deepEqual(lines.toSorted(), ["stderr err", "stdout a", "stdout b"]);
});

test("quoted words arrive as they were", { skip }, async () => {
  const words = ["it's", "$HOME", "a  b", "`id`", "*", "é\n"];
  const { stdout } = await remote.run(shellCommand(["printf", "%s\\0", ...words]), { timeoutMs: 10_000 });
  assert.deepEqual(stdout.split("\0").slice(0, -1), words);
});

test("a command that was killed says by what", { skip }, async () => {
  const result = await remote.run("kill -KILL $$", { timeoutMs: 10_000 });
  assert.equal(result.signal, "SIGKILL");
});

test("a command that takes too long is given up, and the connection goes on", { skip }, async () => {
  await assert.rejects(remote.run("sleep 60", { timeoutMs: 200 }), CommandTimedOut);
  assert.equal((await remote.run("echo on", { timeoutMs: 10_000 })).stdout, "on\n");
});

test("cancelling ends the waiting with the reason", { skip }, async () => {
  const controller = new AbortController();
  const running = remote.run("sleep 60", { timeoutMs: 60_000, signal: controller.signal });
  const reason = new Error("cancelled");
  setImmediate(() => controller.abort(reason));
  await assert.rejects(running, reason);
});

test("a machine that goes down in the middle of a command is a lost connection, before and after", {
  skip,
}, async () => {
  const dying = await startSshServer();
  const connection = await login(dying);
  const running = connection.run("echo started; sleep 60", { timeoutMs: 30_000, onLine: () => dying.kill() });
  await assert.rejects(running, ConnectionLost);
  await connection.closed;
  await assert.rejects(connection.run("true", { timeoutMs: 1_000 }), ConnectionLost);
  dying.stop();
});

test("a host key that changed stops before anything is sent", { skip }, async () => {
  const other = await startSshServer({ clientKeyFile: server.privateKeyFile });
  await assert.rejects(login(other, { acceptedKeys: [server.hostKey] }), (error: unknown) => {
    assert.ok(error instanceof HostKeyMismatch);
    assert.match(
      error.message,
      /answers with the host key ssh-ed25519 SHA256:\S+, not with ssh-ed25519 SHA256:\S+\. Nothing was sent/,
    );
    assert.ok(error.key.blob.equals(other.hostKey.blob));
    return true;
  });
  await assert.rejects(
    login(other, { acceptedKeys: [] }),
    /The host key of 127\.0\.0\.1 is not known: ssh-ed25519 SHA256:/,
  );
  other.stop();
});

const failures: readonly {
  what: string;
  reason: ConnectionFailed["reason"];
  message: RegExp;
  open: () => Promise<Remote>;
}[] = [
  {
    what: "nothing listens",
    reason: "refused",
    message: /Nothing listens at 127\.0\.0\.1 port \d+: check the port, and that sshd runs there\./,
    open: async () => login(server, { target: targetAt(await freePort()) }),
  },
  {
    what: "the key is not accepted",
    reason: "authentication",
    message: /accepts none of the keys of \w+\. Check that "ssh (-F \S+ )?-p \d+ \w+@127\.0\.0\.1" logs in\./,
    open: () => login(server, { privateKey: makeKey(join(server.directory, "stranger")) }),
  },
];
for (const { what, reason, message, open } of failures) {
  test(`a connection that fails says why: ${what}`, { skip }, async () => {
    await assert.rejects(
      open(),
      (error: unknown) => error instanceof ConnectionFailed && error.reason === reason && message.test(error.message),
    );
  });
}

test("a peer that accepts and stays silent is given up", { skip }, async () => {
  const silent = createServer(() => undefined);
  const port = await freePort();
  await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve));
  await assert.rejects(
    login(server, { target: targetAt(port), timeoutMs: 300 }),
    (error: unknown) =>
      error instanceof ConnectionFailed &&
      error.reason === "timed-out" &&
      /takes the connection and lets nobody in: the machine hangs/.test(error.message),
  );
  silent.close();
});

test("the last words of a peer that nobody knows are text, whatever they do to a terminal", { skip }, async () => {
  const words = "go\u001b]0;away\u0007\u001b[2J away";
  const peer = createServer((socket) => socket.on("error", () => undefined).write(disconnect(words)));
  await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
  const address = peer.address();
  assert.ok(typeof address === "object" && address !== null);
  const error = await login(server, { target: targetAt(address.port) }).catch((failed: unknown) => failed);
  peer.close();
  assert.ok(error instanceof ConnectionFailed);
  assert.match(error.message, /go away/);
});

/** A banner and SSH_MSG_DISCONNECT (RFC 4253, 11.1) in a packet as it goes before keys are exchanged (6). */
function disconnect(words: string): Buffer {
  const sized = (text: string): Buffer => {
    const bytes = Buffer.from(text);
    return Buffer.concat([uint32(bytes.length), bytes]);
  };
  const payload = Buffer.concat([Buffer.from([1]), uint32(2), sized(words), sized("")]);
  const padding = 8 - ((5 + payload.length) % 8) + 8;
  const packet = Buffer.concat([Buffer.from([padding]), payload, Buffer.alloc(padding)]);
  return Buffer.concat([Buffer.from("SSH-2.0-test\r\n"), uint32(packet.length), packet]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

test("a jump host is passed through by ssh -W", { skip }, async () => {
  const jump = await startSshServer({ clientKeyFile: server.privateKeyFile });
  const config = join(server.directory, "ssh_config");
  writeFileSync(
    config,
    `Host jump\n  HostName 127.0.0.1\n  Port ${jump.port}\n  IdentityFile ${server.privateKeyFile}\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n`,
  );
  const proxyCommand = `ssh -F ${config} -o LogLevel=ERROR -W 127.0.0.1:${server.port} jump`;
  const through = await login(server, { target: targetAt(server.port, { proxyCommand }) });
  assert.equal((await through.run("echo through", { timeoutMs: 10_000 })).stdout, "through\n");
  through.close();
  await through.closed;
  jump.stop();
});

test("OpenSSH resolves aliases, and refuses what it does not know in its own words", { skip }, async () => {
  const config = join(server.directory, "aliases");
  writeFileSync(
    config,
    "Host web\n  HostName 192.0.2.7\n  User admin\n  Port 2222\n  ProxyJump gate\n  IdentityFile /keys/a\n",
  );
  const resolved = await resolveSshTarget("web", { configFile: config });
  assert.deepEqual(
    [resolved.hostname, resolved.user, resolved.port, resolved.proxyJump, resolved.identityFiles],
    ["192.0.2.7", "admin", 2222, "gate", ["/keys/a"]],
  );
  assert.equal((await resolveSshTarget("root@web", { configFile: config, port: 22 })).user, "root");
  writeFileSync(config, "NoSuchKeyword yes\n");
  await assert.rejects(
    resolveSshTarget("web", { configFile: config }),
    (error: unknown) => error instanceof SshConfigurationError && /bad configuration/i.test(error.message),
  );
  await assert.rejects(resolveSshTarget("-oProxyCommand=touch"), SshConfigurationError);
});

test("known_hosts is looked up by name and port, hashed or not", { skip }, async () => {
  const file = join(server.directory, "known_hosts");
  writeFileSync(
    file,
    `${knownHostsLine(`[127.0.0.1]:${server.port}`, server.hostKey)}\n${knownHostsLine("127.0.0.1", (await startAndStop()).hostKey)}\n`,
  );
  const { known } = await knownHostKeys(targetAt(server.port, { userKnownHostsFiles: [file] }));
  assert.deepEqual(
    known.map((key) => key.blob.toString("base64")),
    [server.hostKey.blob.toString("base64")],
  );
});

async function startAndStop(): Promise<SshServer> {
  const other = await startSshServer();
  other.stop();
  return other;
}
