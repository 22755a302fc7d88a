import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import ssh2 from "ssh2";
import { resolveSshTarget } from "../../core/src/bootstrap/openSsh.ts";
import { pinKeys } from "../../core/src/bootstrap/pinnedKeys.ts";
import { ConnectionFailed, connect, type Remote } from "../../core/src/bootstrap/remote.ts";
import { runDirectory } from "../../core/src/bootstrap/runDirectory.ts";
import { runEnvironment } from "../../core/src/bootstrap/runEnvironment.ts";
import { startAgent } from "./sshAgent.ts";
import { makeKey, type SshServer, startSshServer, targetAt, withoutAccounts } from "./sshServer.ts";

const skip = !existsSync("/usr/sbin/sshd") && "openssh-server is not installed";
let server: SshServer;
let keys: string;

before(async () => {
  if (skip) return;
  server = await startSshServer();
  keys = join(server.directory, "keys");
  mkdirSync(keys);
});
after(() => server?.stop());

const open = (changes: Parameters<typeof targetAt>[1], more: object = {}): Promise<Remote> =>
  connect({ target: targetAt(server.port, changes), acceptedKeys: [server.hostKey], timeoutMs: 30_000, ...more });

async function whoIs(remote: Remote): Promise<string> {
  const { stdout } = await remote.run("id -un", { timeoutMs: 30_000 });
  remote.close();
  return stdout.trim();
}

const isRefused = (error: unknown): boolean => error instanceof ConnectionFailed && error.reason === "authentication";

test("all identity files are tried, those that are not there or have a passphrase are passed over", {
  skip,
}, async () => {
  makeKey(join(keys, "stranger"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", join(keys, "locked")]);
  const identityFiles = ["missing", "locked", "stranger"].map((name) => join(keys, name));
  await whoIs(await open({ identityFiles: [...identityFiles, server.privateKeyFile] }));
  await assert.rejects(open({ identityFiles }), isRefused);
});

test("of an agent with many keys those of the identity files come first, and no others with IdentitiesOnly", {
  skip,
}, async () => {
  const strangers = [1, 2, 3, 4, 5, 6, 7].map((number) => join(keys, `other-${number}`));
  for (const file of strangers) makeKey(file);
  const agent = await startAgent(join(keys, "agent"), [...strangers, server.privateKeyFile]);
  // The private half is in the agent alone, as with a passphrase or a key on a token.
  const publicHalf = join(keys, "public-half");
  writeFileSync(`${publicHalf}.pub`, readFileSync(`${server.privateKeyFile}.pub`));
  const identityAgent = agent.socket;
  await whoIs(await open({ identityAgent, identitiesOnly: true, identityFiles: [publicHalf] }));
  await whoIs(await open({ identityAgent, identitiesOnly: false, identityFiles: [publicHalf] }));
  await whoIs(await open({ identityAgent, identitiesOnly: true, identityFiles: [`${publicHalf}.pub`] }));
  await assert.rejects(open({ identityAgent, identitiesOnly: true }), isRefused);
  agent.end();
});

test("an agent that is gone does not keep the keys in files from being tried", { skip }, async () => {
  const identityFiles = [server.privateKeyFile];
  await whoIs(await open({ identityAgent: join(keys, "no-agent"), identitiesOnly: false, identityFiles }));
});

/** Lines of ssh_config(5) for a jump host, and for the server, to which more may be added. */
function gateAndInside(gatePort: number): string[] {
  return [
    "Host gate",
    `  Port ${gatePort}`,
    "  HostName 127.0.0.1",
    "  StrictHostKeyChecking no",
    "  UserKnownHostsFile /dev/null",
    "  LogLevel ERROR",
    "Host inside",
    "  HostName 127.0.0.1",
    `  Port ${server.port}`,
  ];
}

test("jump hosts and proxy commands are found in the configuration that was named", { skip }, async () => {
  const jump = await startSshServer({ clientKeyFile: server.privateKeyFile });
  const config = join(keys, "config");
  const lines = (how: string): string =>
    [
      ...gateAndInside(jump.port),
      `  ${how}`,
      "Host *",
      `  IdentityFile ${server.privateKeyFile}`,
      "  IdentitiesOnly yes",
      "  IdentityAgent none",
      "",
    ].join("\n");
  for (const how of ["ProxyJump gate", `ProxyCommand ssh -F ${config} -W [%h]:%p gate`]) {
    writeFileSync(config, lines(how));
    const target = await resolveSshTarget("inside", { configFile: config });
    await whoIs(await connect({ target, acceptedKeys: [server.hostKey], timeoutMs: 30_000 }));
  }
  writeFileSync(config, lines("ProxyJump nowhere.invalid"));
  const target = await resolveSshTarget("inside", { configFile: config });
  await assert.rejects(
    connect({ target, acceptedKeys: [server.hostKey], timeoutMs: 30_000 }),
    (error: unknown) =>
      error instanceof ConnectionFailed && /the jump host says: .*nowhere\.invalid/.test(error.message),
  );
  jump.stop();
});

test("the ssh in front of PATH goes through a jump host that only the agent opens, whatever else the configuration wants", {
  skip,
}, async () => {
  const jumpKey = join(keys, "jump-key");
  makeKey(jumpKey);
  const jump = await startSshServer({ clientKeyFile: jumpKey });
  const agent = await startAgent(join(keys, "jump-agent"), [jumpKey]);
  const config = join(keys, "shim-config");
  const lines = [
    ...gateAndInside(jump.port),
    "  ProxyJump gate",
    "  RemoteCommand echo from the configuration",
    "  LocalForward 127.0.0.1:1 127.0.0.1:2",
    "",
  ];
  writeFileSync(config, lines.join("\n"));
  const run = runDirectory(keys, "run");
  mkdirSync(run.path, { recursive: true });
  writeFileSync(run.privateKey, server.privateKey, { mode: 0o600 });
  pinKeys(run, [server.hostKey]);
  const env = { ...process.env, SSH_AUTH_SOCK: agent.socket, ...runEnvironment(run, { sshConfig: config }) };
  const { stdout, stderr } = spawnSync("ssh", ["inside", "echo reached"], { env, encoding: "utf8" });
  assert.equal(stdout, "reached\n", stderr);
  agent.end();
  jump.stop();
});

const owner = { name: "nv-owner", uid: 64_123, password: "correct horse" };
const skipAccounts = skip || withoutAccounts || false;

test("a machine that only a password opens", { skip: skipAccounts }, async () => {
  const config = ["PasswordAuthentication yes", "PubkeyAuthentication no"];
  const machine = await startSshServer({ config, accounts: [owner] });
  const target = targetAt(machine.port, { user: owner.name });
  const login = (changes: object): Promise<Remote> =>
    connect({ target, acceptedKeys: [machine.hostKey], timeoutMs: 30_000, ...changes });
  assert.equal(await whoIs(await login({ secrets: { password: owner.password } })), owner.name);
  await assert.rejects(login({ secrets: { password: "wrong" } }), isRefused);
  await assert.rejects(login({}), isRefused);
  machine.stop();
});

test("a machine that asks for the password by keyboard-interactive alone", { skip }, async () => {
  // sshd asks like this only with PAM, which a test cannot set up.
  const hostKey = readFileSync(join(server.directory, "host_key"));
  const pam = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (attempt) => {
      if (attempt.method !== "keyboard-interactive") return attempt.reject(["keyboard-interactive"]);
      attempt.prompt([{ prompt: "Password: ", echo: false }], (answers) =>
        answers[0] === owner.password ? attempt.accept() : attempt.reject(["keyboard-interactive"]),
      );
    });
  });
  pam.listen(0, "127.0.0.1");
  await once(pam, "listening");
  const { port } = pam.address() as AddressInfo;
  const login = (password: string): Promise<Remote> =>
    connect({ target: targetAt(port), acceptedKeys: [server.hostKey], secrets: { password }, timeoutMs: 30_000 });
  (await login(owner.password)).close();
  await assert.rejects(login("wrong"), isRefused);
  pam.close();
});
