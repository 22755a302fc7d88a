import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { WantedSecret } from "../../core/src/bootstrap/loginSecrets.ts";
import { createMachine, NeverAnswered } from "../../core/src/bootstrap/machine.ts";
import { parsePlanProblem } from "../../core/src/bootstrap/planProblem.ts";
import { ConnectionFailed, connect, type Remote } from "../../core/src/bootstrap/remote.ts";
import { shellCommand } from "../../core/src/bootstrap/shellQuote.ts";
import { type Called, call as callProgram, within } from "./limits.ts";
import { startAgent } from "./sshAgent.ts";
import {
  machineOptions,
  makeKey,
  type SshServer,
  type SshServerOptions,
  startSshServer,
  targetAt,
  withoutAccounts,
} from "./sshServer.ts";
import { bundle, createWorkplace, type Workplace } from "./workplace.ts";

const skip = !existsSync("/usr/sbin/sshd") && "openssh-server is not installed";
const skipTerminal = skip || (spawnSync("script", ["--version"]).status !== 0 && "script is not installed");
const passphrase = "tr0ub4dor & three";
let directory: string;
/** Accepts one key, which has a passphrase. */
let server: SshServer;
let workplace: Workplace;
let locked: string;

before(async () => {
  if (skip) return;
  directory = mkdtempSync(join(tmpdir(), "nv-locked-"));
  locked = lockedKey("locked");
  server = await startKeyServer({ clientKeyFile: locked });
  workplace = createWorkplace(server, { user: userInfo().username });
});
after(() => {
  server?.stop();
  workplace?.remove();
  if (directory) rmSync(directory, { recursive: true });
});

/** A server that keys open and nothing else: without PAM, sshd offers to ask for a password by itself (sshd_config(5)). */
function startKeyServer(options: SshServerOptions = {}): Promise<SshServer> {
  return startSshServer({ ...options, config: ["KbdInteractiveAuthentication no"] });
}

/** A new key with the passphrase; the path of its private half. */
function lockedKey(name: string, ...options: string[]): string {
  const path = join(directory, name);
  execFileSync("ssh-keygen", [
    "-q",
    "-N",
    passphrase,
    "-f",
    path,
    ...(options.length > 0 ? options : ["-t", "ed25519"]),
  ]);
  return path;
}

const open = (changes: Parameters<typeof targetAt>[1], secrets = {}, to = server): Promise<Remote> =>
  connect({ target: targetAt(to.port, changes), acceptedKeys: [to.hostKey], secrets, timeoutMs: 30_000 });

async function logsIn(opening: Promise<Remote>): Promise<void> {
  const remote = await opening;
  const { exitCode } = await remote.run("true", { timeoutMs: 30_000 });
  remote.close();
  assert.equal(exitCode, 0);
}

/** What a login that is refused wants. */
async function wanted(opening: Promise<Remote>): Promise<WantedSecret | undefined> {
  const error = await opening.then(
    () => assert.fail("it was let in"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConnectionFailed && error.reason === "authentication", String(error));
  return error.wants;
}

const wants = (file: string, changes = {}) => ({
  kind: "passphrase",
  file,
  isWrong: false,
  takesPassword: false,
  ...changes,
});

test("the passphrase is wanted of the key that the target accepts, and of no other", { skip }, async () => {
  const identityFiles = [lockedKey("stranger"), join(directory, "missing"), locked];
  assert.deepEqual(await wanted(open({ identityFiles })), wants(locked));
  assert.deepEqual(await wanted(open({ identityFiles }, { passphrase: "wrong" })), wants(locked, { isWrong: true }));
  await logsIn(open({ identityFiles }, { passphrase }));
  assert.equal(await wanted(open({ identityFiles: identityFiles.slice(0, 2) }, { passphrase })), undefined);
});

test("a key that needs no passphrase lets in before one is wanted", { skip }, async (t) => {
  const plain = join(directory, "plain");
  makeKey(plain);
  const both = await startKeyServer({ clientKeyFile: plain });
  t.after(both.stop);
  await logsIn(open({ identityFiles: [locked, plain] }, {}, both));
});

for (const [format, options] of [
  ["PEM", ["-t", "rsa", "-b", "2048", "-m", "PEM"]],
  ["PKCS #8", ["-t", "ecdsa", "-m", "PKCS8"]],
] as const) {
  test(`a ${format} key is opened too, also where it does not say which one it is`, { skip }, async (t) => {
    const file = lockedKey(format, ...options);
    const pem = await startKeyServer({ clientKeyFile: file });
    t.after(pem.stop);
    const identityFiles = [file];
    assert.deepEqual(await wanted(open({ identityFiles }, {}, pem)), wants(file));
    await logsIn(open({ identityFiles }, { passphrase }, pem));
    renameSync(`${file}.pub`, `${file}.elsewhere`);
    assert.deepEqual(await wanted(open({ identityFiles }, {}, pem)), wants(file));
    assert.deepEqual(
      await wanted(open({ identityFiles }, { passphrase: "wrong" }, pem)),
      wants(file, { isWrong: true }),
    );
    await logsIn(open({ identityFiles }, { passphrase }, pem));
    // It can be shown now, and is not accepted.
    assert.equal(await wanted(open({ identityFiles }, { passphrase })), undefined);
  });
}

test("no passphrase is wanted of a key that the agent holds, whether the target accepts it or not", {
  skip,
}, async (t) => {
  const agent = await startAgent(join(directory, "agent"), [locked], passphrase);
  t.after(agent.end);
  const identityAgent = agent.socket;
  await logsIn(open({ identityAgent, identityFiles: [locked] }));
  const other = await startKeyServer();
  t.after(other.stop);
  assert.equal(await wanted(open({ identityAgent, identityFiles: [locked] }, {}, other)), undefined);
});

const owner = { name: "nv-owner", uid: 64_123, password: "correct-horse-battery" };

test("where a password does as well, that is said, and it lets in without the passphrase", {
  skip: skip || withoutAccounts || false,
}, async (t) => {
  const machine = await startSshServer({
    config: ["PasswordAuthentication yes"],
    accounts: [owner],
    clientKeyFile: locked,
  });
  t.after(machine.stop);
  const own = { user: owner.name, identityFiles: [locked] };
  const { password } = owner;
  assert.deepEqual(await wanted(open(own, {}, machine)), wants(locked, { takesPassword: true }));
  await logsIn(open(own, { password }, machine));
  await logsIn(open(own, { password: "wrong", passphrase }, machine));
  const stranger = { ...own, identityFiles: [] };
  assert.deepEqual(await wanted(open(stranger, {}, machine)), { kind: "password", isWrong: false });
  assert.deepEqual(await wanted(open(stranger, { password: "wrong" }, machine)), { kind: "password", isWrong: true });
});

test("a system that is waited for and wants a passphrase is told from one that lets nobody in", { skip }, async () => {
  const login = { target: targetAt(server.port, { identityFiles: [locked] }), acceptedKeys: [server.hostKey] };
  const wait = (secrets: object) =>
    createMachine(() => ({ ...login, secrets }), machineOptions).waitFor({
      stage: "installed",
      timeoutMs: 0,
      signal: new AbortController().signal,
      isExpected: async () => true,
    });
  await assert.rejects(wait({}), (error: unknown) => {
    assert.ok(error instanceof NeverAnswered);
    assert.deepEqual([error.seen, error.wants], ["locked", wants(locked)]);
    assert.match(error.message, /wants the key .*locked, which has a passphrase\.$/);
    return true;
  });
  (await wait({ passphrase })).close();
});

function call(args: readonly string[], env: NodeJS.ProcessEnv = {}): Called {
  return callProgram(process.execPath, [bundle, ...args], {
    cwd: workplace.directory,
    env: { ...workplace.env, ...env },
  });
}

test("a plan that wants a passphrase names the key, in JSON too; with the right one it is made", { skip }, () => {
  const plan = workplace.bootstrap("--plan", "--format", "json");
  const missing = call(plan);
  const problem = { id: "key-passphrase", file: locked, isWrong: false, takesPassword: false };
  assert.equal(missing.code, 2);
  const message = `127.0.0.1 wants the key ${locked}, which has a passphrase.`;
  assert.deepEqual(parsePlanProblem(JSON.parse(missing.stdout)), { ...problem, message });
  assert.equal(
    missing.stderr,
    `nixos-vps: ${message} Add it to an ssh agent (ssh-add ${locked}), or give its passphrase in NIXOS_VPS_KEY_PASSPHRASE.\n`,
  );
  const wrong = call(plan, { NIXOS_VPS_KEY_PASSPHRASE: "wrong passphrase" });
  assert.deepEqual(parsePlanProblem(JSON.parse(wrong.stdout)), {
    ...problem,
    isWrong: true,
    message: `127.0.0.1 wants the key ${locked}, which the passphrase that was given does not open.`,
  });
  assert.ok(!(wrong.stdout + wrong.stderr).includes("wrong passphrase"));
  const right = call(plan, { NIXOS_VPS_KEY_PASSPHRASE: passphrase });
  assert.equal(JSON.parse(right.stdout).version, 1, right.stderr);
  assert.equal(JSON.parse(right.stdout).host, "web");
});

/** Carries out a run that is not told the passphrase; its id. */
function runWithoutPassphrase(): string {
  const known = workplace.runs();
  assert.equal(call(workplace.bootstrap("--json")).code, 2);
  const [run, ...others] = workplace.runs().filter((id) => !known.includes(id));
  assert.ok(run !== undefined && others.length === 0);
  return run;
}

test("a run says what it wants, and with that it is resumed", { skip }, () => {
  const run = runWithoutPassphrase();
  const failed = workplace.eventsOf(run).findLast((event) => event.type === "step-failed");
  assert.ok(failed?.type === "step-failed");
  assert.deepEqual([failed.failure, failed.wants], ["key-passphrase", wants(locked)]);
  const resumed = call(["bootstrap", "--resume", run, "--json"], { NIXOS_VPS_KEY_PASSPHRASE: passphrase });
  assert.ok(resumed.stdout.includes('"type":"planned"'), resumed.stdout);
});

/** The command on a terminal of its own, where lines are typed once they are asked for; what it shows. */
async function onTerminal(args: readonly string[], typed: readonly (readonly [prompt: string, line: string])[]) {
  const child = spawn("script", ["-qefc", shellCommand([process.execPath, bundle, ...args]), "/dev/null"], {
    cwd: workplace.directory,
    env: { ...workplace.env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const left = [...typed];
  let shown = "";
  let answered = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
    const [next] = left;
    if (!next || !shown.slice(answered).includes(next[0])) return;
    left.shift();
    answered = shown.length;
    child.stdin.write(`${next[1]}\r`);
  });
  const [code] = await within("end of script(1)", once(child, "close")).finally(() => child.kill("SIGKILL"));
  assert.deepEqual(left, [], shown);
  for (const [, line] of typed) if (line !== "") assert.ok(!shown.includes(line), shown);
  return { code, shown };
}

test("on a terminal the passphrase is asked for and not shown; a wrong one is said", {
  skip: skipTerminal,
}, async () => {
  const prompt = `Passphrase of ${locked}: `;
  const asked = [
    [prompt, "wrong passphrase"],
    [prompt, passphrase],
  ] as const;
  const planned = await onTerminal(workplace.bootstrap("--plan"), asked);
  assert.match(planned.shown, /nixos-vps: the passphrase does not open .*locked[\s\S]*no-such-disk/);

  const run = await onTerminal(workplace.bootstrap(), asked);
  assert.match(run.shown, /the passphrase does not open .*locked[\s\S]*no-such-disk/);
  // What was given is no failure any more.
  assert.doesNotMatch(run.shown, /which has a passphrase/);
  assert.equal(run.code, 2);

  for (const [args, says] of [
    [["--plan"], /which has a passphrase\. Add it to an ssh agent/],
    [[], /! 127\.0\.0\.1 wants the key .*locked, which has a passphrase\.[\s\S]*what to do: Resume/],
  ] as const) {
    const left = await onTerminal(workplace.bootstrap(...args), [[prompt, ""]]);
    assert.equal(left.code, 2);
    assert.match(left.shown, says);
  }
});

test("on a terminal a run that ended for the want of a passphrase asks for it before it is taken up again", {
  skip: skipTerminal,
}, async () => {
  const run = runWithoutPassphrase();
  const { shown } = await onTerminal(["bootstrap", "--resume", run], [[`Passphrase of ${locked}: `, passphrase]]);
  assert.match(shown, /no-such-disk/);
  const starts = workplace.eventsOf(run).filter(({ type }) => type === "run-started");
  assert.equal(starts.length, 2);
});

test("on a terminal a password is asked for where the passphrase is left empty", {
  skip: skipTerminal || withoutAccounts || false,
}, async (t) => {
  const config = ["PasswordAuthentication yes"];
  const machine = await startSshServer({ config, accounts: [owner], clientKeyFile: locked });
  t.after(machine.stop);
  const place = createWorkplace(machine, { user: owner.name });
  t.after(place.remove);
  const { code, shown } = await onTerminal(place.bootstrap("--plan"), [
    [`Passphrase of ${locked}: `, ""],
    ["Password for nv-owner@127.0.0.1: ", "wrong password"],
    ["Password for nv-owner@127.0.0.1: ", owner.password],
  ]);
  assert.match(shown, /the password was not accepted[\s\S]*no-such-disk/);
  assert.equal(code, 2);
});
