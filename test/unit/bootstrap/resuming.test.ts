import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { describeFailure } from "../../../core/src/bootstrap/describeFailure.ts";
import type { RunEvent, RunEventBody } from "../../../core/src/bootstrap/events.ts";
import { rebuildIsDue } from "../../../core/src/bootstrap/rebuildIsDue.ts";
import { ConnectionLost } from "../../../core/src/bootstrap/remote.ts";
import { scrub, secretsOf } from "../../../core/src/bootstrap/scrub.ts";
import { StepFailed } from "../../../core/src/bootstrap/step.ts";
import type { StepId } from "../../../core/src/bootstrap/stepId.ts";
import { targetStateOf } from "../../../core/src/bootstrap/targetState.ts";

const numbered = (bodies: readonly RunEventBody[]): RunEvent[] =>
  bodies.map((body, index) => ({ seq: index + 1, time: "2026-01-01T00:00:00.000Z", ...body }));
const failed = (step: StepId, resumeFrom: StepId): RunEventBody => ({
  type: "step-failed",
  step,
  message: "",
  resumeFrom,
});
const built: RunEventBody = { type: "step-finished", step: "build", milliseconds: 1, detail: "" };

test("what was built is built again after a failure that the configuration remedies, and only once", () => {
  const due = (...bodies: RunEventBody[]): boolean => rebuildIsDue(numbered(bodies));
  assert.equal(due(built), false);
  assert.equal(due(built, failed("install", "build")), true);
  assert.equal(due(built, failed("install", "prepare-installer")), false);
  assert.equal(due(built, failed("install", "build"), built), false);
  assert.equal(due(built, failed("install", "build"), built, failed("proof-before-reboot", "build")), true);
});

test("a run goes on from the step that failed at the latest", () => {
  const from = (step: StepId, error: Error, lines: readonly string[] = []): StepId =>
    describeFailure(step, error, lines).resumeFrom;
  const lost = new ConnectionLost("The connection to 203.0.113.5 was lost.");
  assert.equal(from("prepare-target", lost), "prepare-target");
  assert.equal(from("install", lost), "prepare-installer");
  assert.equal(from("proof-before-reboot", new StepFailed("login (nobody).", { isProof: true })), "build");
  assert.equal(from("proof-after-boot", new StepFailed("units (x).", { isProof: true })), "proof-after-boot");
});

test("a lost connection, a silent peer and a machine that never comes back have names of their own", () => {
  const failureOf = (step: StepId, error: Error): string | undefined => describeFailure(step, error, []).failure;
  const silent = "203.0.113.5 has been silent for 20 s: it hangs, or the network to it is gone.";
  assert.equal(failureOf("disko", new ConnectionLost("The connection to 203.0.113.5 was lost.")), "connection-lost");
  assert.equal(failureOf("disko", new ConnectionLost(silent, { isSilent: true })), "peer-silent");
  const never = new StepFailed("203.0.113.5 port 22 did not answer as expected within 600 s.", {
    failure: "unreachable",
  });
  assert.equal(failureOf("kexec", never), "unreachable");
});

test("an installer that was not started leaves the old system as it was prepared", () => {
  const begun: RunEventBody[] = [
    { type: "step-started", step: "connect", title: "" },
    { type: "step-started", step: "kexec", title: "" },
  ];
  const state = (isKexecBegun: boolean): string =>
    targetStateOf(numbered([...begun, { type: "noted", notes: { isKexecBegun } }]));
  assert.deepEqual([state(false), state(true)], ["old system running, prepared", "not known"]);
});

test("password, passphrase and the keys of disks are taken out of events, by the line", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "nixos-vps-keys-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const local = join(directory, "disk.key");
  writeFileSync(local, 'first "line"\r\nab\nsecond line\n');
  const secrets = secretsOf(
    { diskKeys: [{ remote: "/tmp/disk.key", local }] },
    {
      password: "pass\\word",
      passphrase: "open sesame",
    },
  );
  // A line of two characters stands in any text.
  assert.deepEqual(secrets, ["pass\\word", "open sesame", 'first "line"', "second line"]);
  const line = (text: string): RunEventBody => ({ type: "log", step: "disko", level: "info", line: text });
  assert.deepEqual(scrub(line('+ echo pass\\word first "line" ab'), secrets), line("+ echo [secret] [secret] ab"));
  assert.deepEqual(scrub(line("nothing"), secrets), line("nothing"));
});

test("a secret that is spelled like a word or a number of an event leaves the event whole", () => {
  const secrets = ["2048", "step", "disko", "wipe", 'a"b\\'];
  const sample: RunEventBody = { type: "sample", availableMiB: 2048, totalMiB: 20480, zramMiB: 0, storeMiB: 0 };
  assert.deepEqual(scrub(sample, secrets), sample);
  const started: RunEventBody = { type: "step-started", step: "disko", title: "the step" };
  assert.deepEqual(scrub(started, secrets), { ...started, title: "the [secret]" });
  const noted: RunEventBody = {
    type: "noted",
    notes: { diskoScript: "/nix/store/x-disko", disks: ["/dev/disk/by-id/disko"], activationFailure: 'said a"b\\' },
  };
  assert.deepEqual(scrub(noted, secrets), {
    type: "noted",
    notes: { ...noted.notes, activationFailure: "said [secret]" },
  });
  const disk = { device: "/dev/vda", name: "vda", sizeBytes: 2048, model: "disko", serial: "unknown" };
  const question: RunEventBody = {
    type: "question",
    question: {
      ...{ id: "confirm-wipe-1", kind: "confirm-wipe", text: "wipe?", expects: "disko" },
      wipes: { address: "203.0.113.5", disks: [disk] },
    },
  };
  assert.deepEqual(scrub(question, secrets), {
    type: "question",
    question: {
      ...{ ...question.question, text: "[secret]?" },
      wipes: { address: "203.0.113.5", disks: [{ ...disk, model: "[secret]" }] },
    },
  });
});
