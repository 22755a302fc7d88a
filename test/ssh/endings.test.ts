import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import type { BootstrapPlan } from "../../core/src/bootstrap/plan.ts";
import { connect } from "../../core/src/bootstrap/remote.ts";
import { shellCommand } from "../../core/src/bootstrap/shellQuote.ts";
import { type Called, call, until, within } from "./limits.ts";
import { type SshServer, startSshServer, withoutAccounts } from "./sshServer.ts";
import { bundle, createWorkplace, type Workplace } from "./workplace.ts";

const skip = !existsSync("/usr/sbin/sshd") && "openssh-server is not installed";
const skipTerminal = skip || (spawnSync("script", ["--version"]).status !== 0 && "script is not installed");
let server: SshServer;
let workplace: Workplace;
/** What a test that failed has left running. */
const children: ChildProcess[] = [];

before(async () => {
  if (skip) return;
  server = await startSshServer();
  workplace = createWorkplace(server, { user: userInfo().username, isKnown: false });
});
after(() => {
  for (const child of children) child.kill("SIGKILL");
  server?.stop();
  workplace?.remove();
});

/** Starts a run that asks for the host key, and waits until it does. */
async function startAsking(
  start: (args: readonly string[]) => ChildProcess,
): Promise<{ child: ChildProcess; run: string }> {
  const known = workplace.runs();
  const child = start([bundle, ...workplace.bootstrap()]);
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  const run = await until("question", () => {
    const id = workplace.runs().find((each) => !known.includes(each));
    // On a terminal the prompt comes after the question.
    return id !== undefined && said.split("Type yes")[1]?.includes("> ") ? id : undefined;
  });
  return { child, run };
}

const lastEvent = (run: string): RunEvent | undefined => workplace.eventsOf(run).at(-1);
const isOver = (run: string): RunEvent | undefined => {
  const last = lastEvent(run);
  return last?.type === "run-finished" ? last : undefined;
};

/** On a terminal of its own, as script(1) makes one. */
const onTerminal = (args: readonly string[]): ChildProcess =>
  spawn("script", ["-qefc", shellCommand([process.execPath, ...args]), "/dev/null"], {
    env: { ...workplace.env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "pipe"],
  });

for (const [what, end, exitCode] of [
  ["Ctrl-C", (child: ChildProcess) => void child.stdin?.write("\x03"), 3],
  ["Ctrl-D in the place of an answer", (child: ChildProcess) => void child.stdin?.write("\x04"), 3],
  ["a terminal that is closed", (child: ChildProcess) => void child.kill("SIGKILL"), null],
] as const) {
  test(`${what} cancels a run, which says what it leaves`, { skip: skipTerminal }, async () => {
    const { child, run } = await startAsking(onTerminal);
    const ended = once(child, "exit");
    end(child);
    assert.deepEqual((await within("end of script(1)", ended))[0], exitCode);
    const last = await until("end of the run", () => isOver(run));
    assert.ok(last.type === "run-finished");
    assert.deepEqual([last.outcome, last.state], ["cancelled", "old system running, nothing changed"]);
    const folder = join(workplace.directory, "s/runs", run);
    const report = await until("report", () => (existsSync(join(folder, "report.md")) ? "there" : undefined));
    assert.equal(report, "there");
    await until("end of the socket", () => (existsSync(join(folder, "control")) ? undefined : true));
    assert.match(readFileSync(join(folder, "report.md"), "utf8"), /\*\*Cancelled\.\*\*/);
  });
}

/** Starts a run without a terminal, which asks for the host key; its questions go to standard output as events. */
async function startSilent(): Promise<{ child: ChildProcess; run: string }> {
  const known = workplace.runs();
  const child = spawn(process.execPath, [bundle, ...workplace.bootstrap("--json")], {
    env: { ...workplace.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr?.resume();
  await until("question", () => (said.includes('"type":"question"') ? true : undefined));
  // The names of runs that begin in the same second do not say which was the first.
  const run = workplace.runs().find((each) => !known.includes(each));
  assert.ok(run !== undefined);
  return { child, run };
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`${signal} cancels a run without a terminal, also when nobody reads what it says`, { skip }, async () => {
    const { child, run } = await startSilent();
    child.stdout?.destroy();
    child.stderr?.destroy();
    const ended = once(child, "exit");
    child.kill(signal);
    const [code] = await within("end of the command", ended);
    const last = isOver(run);
    assert.deepEqual([code, last?.type === "run-finished" && last.outcome], [3, "cancelled"]);
  });
}

test("a run whose process was killed is taken up again, and only while it is not at work", { skip }, async () => {
  const { child, run } = await startSilent();
  const callCommand = (...args: string[]): Called =>
    call(process.execPath, [bundle, ...args], { env: { ...workplace.env } });
  const second = callCommand(...workplace.bootstrap());
  assert.deepEqual(
    [second.code, /is working on 127\.0\.0\.1:\d+\. Wait for it, or cancel it\.$/m.test(second.stderr)],
    [2, true],
  );
  assert.match(callCommand("bootstrap", "--resume", run).stderr, /is at work already/);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await within("end of the process", ended);
  assert.match(callCommand("runs").stdout, new RegExp(`^${run} +interrupted`, "m"));
  // Nobody can answer here, so it ends with the question it is at.
  const resumed = callCommand("bootstrap", "--resume", run);
  assert.equal(resumed.code, 2);
  assert.match(resumed.stderr, /Nobody can answer here/);
  const numbers = workplace.eventsOf(run).map(({ seq }) => seq);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
});

test("a run is not begun beside another one at work on the target, and ends what is left of one that is over", {
  skip: skip || withoutAccounts,
}, async () => {
  const other = "20260101T000000Z-web-1a2b";
  const alone = await startSshServer({ isAlone: true, accounts: [{ name: "root", uid: 0, password: "unused" }] });
  const place = createWorkplace(alone, { user: "root" });
  const callCommand = (...args: string[]): Called =>
    call(process.execPath, [bundle, ...args], { env: { ...place.env } });
  try {
    const login = {
      target: { ...alone.target, user: "root" },
      acceptedKeys: [alone.hostKey],
      privateKey: alone.privateKey,
    };
    const remote = await connect({ ...login, timeoutMs: 30_000 });
    const begin = `env NIXOS_VPS_SCRIPT_OF=${other} setsid sleep 3616 > /dev/null 2>&1 & echo $!`;
    const { stdout } = await remote.run(begin, { timeoutMs: 30_000 });
    const isAtWork = async (): Promise<boolean> =>
      (await remote.run(`kill -0 ${stdout.trim()}`, { timeoutMs: 30_000 })).exitCode === 0;
    const plan: BootstrapPlan = JSON.parse(callCommand(...place.bootstrap("--plan", "--format", "json")).stdout);
    const accept = plan.preflight.flatMap(({ id, severity }) => (severity === "error" ? ["--accept", id] : []));
    const refused = callCommand(...place.bootstrap("--json", ...accept));
    assert.equal(refused.code, 2, refused.stdout);
    const [run = ""] = place.runs();
    // Not what was planned, but what is at work there stands against it.
    for (const { code, stdout: said } of [refused, callCommand("bootstrap", "--json", "--resume", run)]) {
      assert.deepEqual([code, said.includes(`The bootstrap ${other} is at work on the target.`)], [2, true], said);
      assert.ok(await isAtWork());
    }
    mkdirSync(join(place.directory, "s/runs", other));
    const begun = callCommand("bootstrap", "--json", "--resume", run);
    assert.ok(begun.stdout.includes(`Ended what the bootstrap ${other} had left at work on the target.`), begun.stdout);
    assert.ok(begun.stdout.includes('"type":"step-started","step":"connect"'), begun.stdout);
    assert.equal(await isAtWork(), false);
    remote.close();
  } finally {
    alone.stop();
    place.remove();
  }
});
