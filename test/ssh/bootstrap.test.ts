import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { isListening, sendControlRequest } from "../../core/src/bootstrap/controlClient.ts";
import { fingerprintOf, knownHostsLine } from "../../core/src/bootstrap/hostKeys.ts";
import { parseJournal } from "../../core/src/bootstrap/journal.ts";
import { createMachine, NeverAnswered } from "../../core/src/bootstrap/machine.ts";
import { pinKeys, pinnedName } from "../../core/src/bootstrap/pinnedKeys.ts";
import { parsePlanProblem } from "../../core/src/bootstrap/planProblem.ts";
import { listRuns, runDirectory } from "../../core/src/bootstrap/runDirectory.ts";
import { runEnvironment } from "../../core/src/bootstrap/runEnvironment.ts";
import { lockTarget } from "../../core/src/bootstrap/runLock.ts";
import { root } from "../../scripts/root.mjs";
import { type Called, call, until, within } from "./limits.ts";
import { machineOptions, type SshServer, startSshServer } from "./sshServer.ts";
import { flakeWithoutDisk } from "./workplace.ts";

const skip = !existsSync("/usr/sbin/sshd") && "openssh-server is not installed";
const bundle = join(root, "out/cli.cjs");
const target = `${userInfo().username}@127.0.0.1`;
let server: SshServer;
let directory: string;

before(async () => {
  if (skip) return;
  server = await startSshServer();
  directory = mkdtempSync(join(tmpdir(), "nv-ssh-"));
});
after(() => {
  server?.stop();
  if (directory) rmSync(directory, { recursive: true });
});

/** A configuration of ssh that knows these host keys for the server. */
function sshConfig(name: string, keys: readonly string[]): string {
  const knownHosts = join(directory, `${name}-known`);
  writeFileSync(knownHosts, keys.map((key) => `${key}\n`).join(""));
  const path = join(directory, name);
  writeFileSync(
    path,
    [
      "Host 127.0.0.1",
      `  IdentityFile ${server.privateKeyFile}`,
      "  IdentitiesOnly yes",
      "  IdentityAgent none",
      `  UserKnownHostsFile ${knownHosts}`,
      "  GlobalKnownHostsFile /dev/null",
      "",
    ].join("\n"),
  );
  return path;
}

const name = (): string => `[127.0.0.1]:${server.port}`;
const known = (): string => sshConfig("known", [knownHostsLine(name(), server.hostKey)]);
const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: directory,
  NIXOS_VPS_STATE_DIR: join(directory, "s"),
  NIXOS_VPS_NIXOS_ANYWHERE: "/bin/false",
});

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Called =>
  call(process.execPath, [bundle, ...args], { env: { ...environment(), ...env }, cwd: directory });
const inspect = (config: string, ...more: string[]) =>
  run(["inspect", "--port", String(server.port), "--ssh-config", config, ...more, target]);

test("inspect prints what a machine is like", { skip }, () => {
  const { code, stdout, stderr } = inspect(known());
  assert.deepEqual([code, stderr], [0, ""]);
  const facts = JSON.parse(stdout);
  assert.equal(facts.kernel, readFileSync("/proc/sys/kernel/osrelease", "utf8").trim());
  assert.equal(facts.sshPort, server.port);
});

test("a host key that nobody knows is shown and not taken; its fingerprint is taken", { skip }, () => {
  const config = sshConfig("unknown", []);
  const fingerprint = fingerprintOf(server.hostKey);
  const { code, stdout, stderr } = inspect(config);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.ok(stderr.includes(`is not known: ssh-ed25519 ${fingerprint}; add it to known_hosts`), stderr);
  assert.equal(inspect(config, "--host-key", fingerprint).code, 0);
  const other = inspect(config, "--host-key", `SHA256:${"A".repeat(43)}`);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /not with SHA256:A+\. Nothing was sent/);
});

test("a host key that changed stops inspect, and the programs of a run through the ssh in front of them", {
  skip,
}, async () => {
  const other = await startSshServer();
  const config = sshConfig("changed", [knownHostsLine(name(), other.hostKey)]);
  const { code, stderr } = inspect(config);
  assert.equal(code, 2);
  assert.match(stderr, /answers with the host key ssh-ed25519 SHA256:\S+, not with .*Nothing was sent/);

  const files = runDirectory(directory, "shim");
  mkdirSync(files.path, { recursive: true });
  writeFileSync(files.privateKey, server.privateKey, { mode: 0o600 });
  // What nixos-anywhere passes (src/nixos-anywhere.sh).
  const asNixosAnywhere = (): ReturnType<typeof run> => {
    const options = [
      "-T",
      "-o",
      "UserKnownHostsFile=/dev/null",
      "-o",
      "StrictHostKeyChecking=no",
      "-p",
      String(server.port),
    ];
    const env = { ...process.env, ...runEnvironment(files, {}) };
    return call("ssh", [...options, target, "echo reached"], { env });
  };
  pinKeys(files, [other.hostKey]);
  const refused = asNixosAnywhere();
  assert.deepEqual([refused.code, refused.stdout], [255, ""]);
  assert.match(refused.stderr, /Host key verification failed/);
  assert.ok(readFileSync(files.knownHosts, "utf8").startsWith(pinnedName));
  pinKeys(files, [server.hostKey]);
  assert.deepEqual([asNixosAnywhere().stdout], ["reached\n"]);
  other.stop();
});

test("a system that is cut off in the middle of a command, and one that is not the right one, are waited through", {
  skip,
}, async () => {
  const signal = new AbortController().signal;
  const machine = createMachine(
    () => ({
      target: server.target,
      acceptedKeys: [server.hostKey],
      privateKey: server.privateKey,
    }),
    machineOptions,
  );
  const seen: string[] = [];
  const remote = await machine.waitFor({
    stage: "installer",
    timeoutMs: 60_000,
    signal,
    async isExpected(candidate) {
      seen.push("asked");
      if (seen.length === 1) await candidate.run("sleep 60", { timeoutMs: 100 });
      return seen.length > 2;
    },
  });
  assert.equal(seen.length, 3);
  assert.equal((await remote.run("echo on", { timeoutMs: 10_000 })).stdout, "on\n");
  machine.close();
  await assert.rejects(
    machine.waitFor({ stage: "installer", timeoutMs: 1, signal, isExpected: async () => false }),
    (error: unknown) => error instanceof NeverAnswered && /did not answer as expected within 0 s/.test(error.message),
  );
});

function bootstrap(config: string, ...more: string[]): string[] {
  mkdirSync(join(directory, "flake"), { recursive: true });
  writeFileSync(join(directory, "flake/flake.nix"), flakeWithoutDisk);
  return ["bootstrap", ...more, "--port", String(server.port), "--ssh-config", config, "./flake#web", target];
}

test("a run that its plan refuses changes nothing, and says why", { skip }, () => {
  const { code, stdout } = run(bootstrap(known(), "--json"));
  assert.equal(code, 2);
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  );
  const failed = events.find(({ type }) => type === "step-failed");
  assert.match(failed.message, /web wants to partition \/dev\/no-such-disk, which the target does not have\./);
  const last = events.at(-1);
  assert.deepEqual([last.outcome, last.state], ["not-started", "old system running, nothing changed"]);
  const authorized = readFileSync(join(server.directory, "authorized_keys"), "utf8");
  assert.equal(authorized.trim().split("\n").length, 1);
});

test("without a terminal a question ends the run with what to do instead", { skip }, () => {
  const { code, stderr } = run(bootstrap(sshConfig("unknown", [])));
  assert.equal(code, 2);
  assert.match(stderr, /! The host key of .* is not known: .* Nobody can answer here: .*--host-key/);
});

test("a question is answered, and a run cancelled, over the control socket", { skip }, async (t) => {
  const start = () => {
    const child = spawn(process.execPath, [bundle, ...bootstrap(sshConfig("unknown", []), "--json")], {
      env: environment(),
      cwd: directory,
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  };
  const untilQuestion = async (lines: AsyncIterator<string>): Promise<string> => {
    for (;;) {
      const { value, done } = await within("question", lines.next());
      if (done) assert.fail("no question");
      const event = JSON.parse(value);
      if (event.type === "question") return event.question.id;
    }
  };
  const send = async (request: object): Promise<string> => {
    const runs = join(directory, "s/runs");
    const id = readdirSync(runs).find((each) => existsSync(join(runs, each, "control")));
    const socket = connectSocket(join(runs, id ?? "", "control"));
    socket.write(`${JSON.stringify(request)}\n`);
    const [reply] = await within("reply", once(socket, "data"));
    socket.destroy();
    return String(reply).trim();
  };
  let before = "";
  for (const { requestFor, code, seen } of [
    {
      requestFor: (question: string) => ({ type: "answer", question, value: "yes" }),
      code: 2,
      seen: '"type":"answered"',
    },
    { requestFor: () => ({ type: "cancel" }), code: 3, seen: '"outcome":"cancelled"' },
  ]) {
    const { child, lines } = start();
    const question = await untilQuestion(lines);
    // What was asked before, of another run or another machine, is not what is asked now.
    assert.match(await send({ type: "answer", question: before, value: "yes" }), /"ok":false/);
    before = question;
    assert.equal(await send(requestFor(question)), '{"ok":true}');
    let rest = "";
    const next = (): Promise<IteratorResult<string>> => within("end of the output", lines.next());
    for (let line = await next(); !line.done; line = await next()) rest += line.value;
    if (child.exitCode === null) await within("end of the command", once(child, "close"));
    assert.deepEqual([child.exitCode, rest.includes(seen)], [code, true]);
  }
});

test("a plan that cannot be made says in JSON what can be done about it", { skip }, () => {
  const unknown = run(bootstrap(sshConfig("unknown", []), "--plan", "--format", "json"));
  assert.equal(unknown.code, 2);
  const problem = parsePlanProblem(JSON.parse(unknown.stdout));
  assert.equal(problem?.id === "host-key-unknown" && problem.fingerprint, fingerprintOf(server.hostKey));

  const config = known();
  writeFileSync(config, readFileSync(config, "utf8").replace(/IdentityFile .*/, "IdentityFile /nonexistent"));
  const refused = run(bootstrap(config, "--plan", "--format", "json"));
  assert.equal(refused.code, 2);
  assert.equal(parsePlanProblem(JSON.parse(refused.stdout))?.id, "login-refused");
  assert.match(refused.stderr, /^nixos-vps: /);
});

test("a password for the first login comes from SSHPASS and is written nowhere", { skip }, () => {
  const secret = "correct-horse-battery";
  const { code, stdout, stderr } = run(bootstrap(known(), "--json"), { SSHPASS: secret });
  assert.equal(code, 2);
  const runs = join(directory, "s/runs");
  const files = readdirSync(runs, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
  assert.ok(texts.length > 3);
  for (const text of [stdout, stderr, ...texts]) assert.ok(!text.includes(secret));
});

const listed = (): { id: string; status: string; isAsking: boolean }[] =>
  JSON.parse(run(["runs", "--format", "json"]).stdout).runs;

/** Cancels what a test that failed has left at work. */
const cancelRun = (socket: string): Promise<void> =>
  sendControlRequest(socket, { type: "cancel" }).catch(() => undefined);

test("a detached run outlives its starter, waits for an answer, and is followed and resumed", { skip }, async (t) => {
  const started = run(bootstrap(sshConfig("unknown", []), "--json", "--detach"));
  assert.deepEqual([started.code, started.stderr], [0, ""]);
  const { run: id, path } = JSON.parse(started.stdout);
  const files = runDirectory(join(directory, "s/runs"), id);
  assert.equal(files.path, path);
  t.after(() => cancelRun(files.socket));
  await until("question", () => listed().find((each) => each.id === id)?.isAsking);
  assert.match(run(["runs"]).stdout, new RegExp(`^${id}  running, waits for an answer  inspect  `));
  const again = run(["bootstrap", "--resume", id, "--detach"]);
  assert.deepEqual([again.code, again.stderr], [2, `nixos-vps: the run ${id} is at work already\n`]);

  const follower = spawn(process.execPath, [bundle, "runs", "--follow", id, "--json"], { env: environment() });
  t.after(() => follower.kill("SIGKILL"));
  let seen = "";
  follower.stdout.on("data", (chunk: Buffer) => {
    seen += chunk.toString();
  });
  await until("question", () => seen.includes('"type":"question"'));
  follower.kill("SIGINT");
  const [left] = await within("end of the follower", once(follower, "close"));
  assert.deepEqual([left, await isListening(files.socket)], [0, true]);

  const [begun] = seen.split("\n");
  process.kill(JSON.parse(begun ?? "").pid, "SIGKILL");
  await until("end of the run", async () => !(await isListening(files.socket)));
  assert.equal(listed().find((each) => each.id === id)?.status, "interrupted");
  const interrupted = run(["runs", "--follow", id]);
  assert.equal(interrupted.code, 2);
  assert.match(interrupted.stderr, /nixos-vps: the process of the run is gone: nixos-vps bootstrap --resume /);

  const resumed = run(["bootstrap", "--resume", id, "--detach"]);
  assert.deepEqual([resumed.code, resumed.stdout], [0, `${id}\n`]);
  await until("question", () => listed().find((each) => each.id === id)?.isAsking);
  const asked = readFileSync(files.journal, "utf8")
    .split("\n")
    .flatMap((line) => /"question":\{.*?"id":"([^"]+)"/.exec(line)?.[1] ?? []);
  const [earlier = "", question = ""] = asked;
  assert.deepEqual([asked.length, earlier === question], [2, false]);
  for (const [id, value] of [
    [question, "no"],
    [earlier, "yes"],
  ] as const)
    await assert.rejects(
      sendControlRequest(files.socket, { type: "answer", question: id, value }),
      /that is not what the question expects/,
    );
  await sendControlRequest(files.socket, { type: "answer", question, value: "yes" });
  const followed = run(["runs", "--follow", id]);
  assert.equal(followed.code, 2);
  assert.match(followed.stderr, /! web wants to partition/);
  await assert.rejects(sendControlRequest(files.socket, { type: "cancel" }), /The run is not at work/);
});

test("leave to wipe a disk is given to a process and not kept", { skip }, async (t) => {
  const started = run([...bootstrap(sshConfig("unknown", []), "--json", "--detach"), "--yes-wipe", "/dev/vda"]);
  assert.equal(started.code, 0, started.stderr);
  const files = runDirectory(join(directory, "s/runs"), JSON.parse(started.stdout).run);
  t.after(() => cancelRun(files.socket));
  const [begun] = parseJournal(readFileSync(files.journal, "utf8"));
  assert.ok(begun?.type === "run-started");
  const words = readFileSync(`/proc/${begun.pid}/cmdline`, "utf8").split("\0");
  assert.ok(words.includes("--yes-wipe=/dev/vda"), words.join(" "));
  await sendControlRequest(files.socket, { type: "cancel" });
  await until("end of the run", async () => !(await isListening(files.socket)));
  for (const name of readdirSync(files.path).filter((each) => each !== "bin"))
    assert.ok(!readFileSync(join(files.path, name), "utf8").includes("/dev/vda"), name);
});

test("a run is refused while another one works on the machine under another name", { skip }, () => {
  const runs = join(directory, "s/runs");
  const unlock = lockTarget(runs, fingerprintOf(server.hostKey), "other-run");
  try {
    const { code, stderr } = run(bootstrap(known()));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /The run other-run \(process \d+\) is working on the machine at 127\.0\.0\.1:\d+, by its host key\./,
    );
  } finally {
    unlock();
  }
});

test("a run that is taken up again writes down what is changed only when nobody else works on the target", {
  skip,
}, () => {
  assert.equal(run(bootstrap(known())).code, 2);
  const runs = join(directory, "s/runs");
  const files = runDirectory(runs, listRuns(runs)[0] ?? "");
  const before = readFileSync(files.request, "utf8");
  const unlock = lockTarget(runs, `127.0.0.1:${server.port}`, "other-run");
  const change = (...more: string[]): ReturnType<typeof run> =>
    run(["bootstrap", "--resume", files.id, "--patch", "always", ...more]);
  try {
    for (const more of [[], ["--detach"]]) {
      const { code, stderr } = change(...more);
      assert.deepEqual([code, /The run other-run .* is working on/.test(stderr)], [2, true], stderr);
      assert.equal(readFileSync(files.request, "utf8"), before);
    }
  } finally {
    unlock();
  }
  assert.equal(change("--detach").code, 0);
  assert.equal(JSON.parse(readFileSync(files.request, "utf8")).patch, "always");
});

test("a detached run is kept where a relative directory says, as seen by its starter", { skip }, () => {
  const { code, stdout } = run(bootstrap(known(), "--detach"), { NIXOS_VPS_STATE_DIR: "r" });
  assert.equal(code, 0);
  assert.deepEqual(listRuns(join(directory, "r/runs")), [stdout.trim()]);
});

test("a detached run that cannot begin says why and leaves nothing", { skip }, () => {
  const before = listed().length;
  const args = bootstrap(known(), "--detach");
  const { code, stdout, stderr } = run(args, { NIXOS_VPS_STATE_DIR: join(directory, "x".repeat(100)) });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^nixos-vps: .* is too long for a socket: set NIXOS_VPS_STATE_DIR/);
  assert.equal(listed().length, before);
});

test("a detached run that is over at once has begun all the same", { skip }, () => {
  const { code, stdout } = run(bootstrap(known(), "--detach"));
  assert.equal(code, 0);
  assert.match(stdout, /^\d{8}T\d{6}Z-web-[0-9a-f]{4}\n$/);
});
