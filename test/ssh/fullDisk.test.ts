import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { sendControlRequest } from "../../core/src/bootstrap/controlClient.ts";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { listRuns, readIfThere } from "../../core/src/bootstrap/runDirectory.ts";
import { type Called, call, until, within } from "./limits.ts";
import { createSmallDisk, type SmallDisk, withoutSmallDisks } from "./smallDisk.ts";
import { type SshServer, startSshServer } from "./sshServer.ts";
import { bundle, createWorkplace, type Workplace } from "./workplace.ts";

const skip = (!existsSync("/usr/sbin/sshd") && "openssh-server is not installed") || withoutSmallDisks;
let server: SshServer;
let workplace: Workplace;
let disk: SmallDisk;

before(async () => {
  if (skip) return;
  server = await startSshServer();
  workplace = createWorkplace(server, { user: userInfo().username, isKnown: false });
  disk = await createSmallDisk(join(workplace.directory, "s"), 256);
});
after(() => {
  disk?.remove();
  server?.stop();
  workplace?.remove();
});

const commandInside = (args: readonly string[]): Called => {
  const [program, ...words] = disk.inside;
  return call(program, [...words, process.execPath, bundle, ...args], { env: { ...workplace.env } });
};

/** Starts a run that asks for the host key, and waits until it does. */
async function startAsking(): Promise<{ run: string; question: string; said: Promise<Called> }> {
  const [program, ...words] = disk.inside;
  const runs = join(disk.path, "runs");
  const known = listRuns(runs);
  const child = spawn(program, [...words, process.execPath, bundle, ...workplace.bootstrap("--json")], {
    env: { ...workplace.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]).then(
    ([stdout, stderr, [code]]) => ({ stdout, stderr, code }),
  );
  return until("question", () => {
    const run = listRuns(runs).find((id) => !known.includes(id));
    const journal = run === undefined ? undefined : readIfThere(join(runs, run, "journal.jsonl"));
    const question = /"question":\{[^\n]*"id":"([^"]+)"/.exec(journal ?? "")?.[1];
    return run !== undefined && question !== undefined ? { run, question, said } : undefined;
  });
}

for (const [what, pagesLeft, file, resumedWith] of [
  ["before the host key is pinned", 0, "known_hosts", /Nobody can answer here/],
  ["in the middle of an event of the journal", 2, "journal.jsonl", /\/dev\/no-such-disk/],
] as const) {
  test(`a run whose disk gets full ${what} ends with what to do, and is taken up again`, { skip }, async () => {
    const { run, question, said } = await startAsking();
    const directory = join(disk.path, "runs", run);
    disk.fill(pagesLeft);
    await sendControlRequest(join(directory, "control"), { type: "confirm", question, value: "yes" });
    const { stdout, stderr, code } = await within("end of the command", said);

    const events = stdout.trim().split("\n");
    const failed = events.map((line) => JSON.parse(line) as RunEvent).filter(({ type }) => type === "step-failed");
    const last = JSON.parse(events.at(-1) ?? "") as RunEvent;
    assert.deepEqual([code, stderr, failed.length], [2, "", 1], stdout);
    assert.ok(failed[0]?.type === "step-failed" && last.type === "run-finished", stdout);
    const path = join(workplace.directory, "s/runs", run, file);
    assert.equal(failed[0].message, `${path} cannot be written: no space left on device.`);
    assert.equal(failed[0].remedy, "Make room there, or make it writable again, and resume the run.");
    assert.equal(last.state, "old system running, nothing changed");
    assert.match(readFileSync(join(directory, "journal.jsonl"), "utf8"), /\}\n$/);

    // What was asked for is still there when it is tried too early.
    const early = commandInside(["bootstrap", "--resume", run]);
    assert.equal(early.code, 2);
    assert.match(early.stderr, /no space left on device[;.]/);
    assert.doesNotMatch(early.stderr, /unexpected error/);

    disk.empty();
    const resumed = commandInside(["bootstrap", "--resume", run]);
    assert.equal(resumed.code, 2);
    assert.match(resumed.stderr, resumedWith);
    const written = readFileSync(join(directory, "journal.jsonl"), "utf8").trim().split("\n");
    assert.deepEqual(
      written.map((line) => (JSON.parse(line) as RunEvent).seq),
      written.map((_, index) => index + 1),
    );
  });
}
