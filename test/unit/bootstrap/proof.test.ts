import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  hostKeysScript,
  parseAuthorizedKeys,
  parsePorts,
  parseProof,
  parseUsers,
  proofAfterBootScript,
  proofBeforeRebootScript,
} from "../../../core/src/bootstrap/proofScript.ts";
import { toItsEnd, wholeOutput } from "../../../core/src/bootstrap/readOutput.ts";
import { type StepContext, StepFailed } from "../../../core/src/bootstrap/step.ts";
import { reportProof } from "../../../core/src/bootstrap/steps/proofBeforeReboot.ts";

const toplevel = "/nix/store/x-nixos-system-a'b";
for (const [name, script] of Object.entries({
  "before the reboot": proofBeforeRebootScript({ toplevel, disks: ["/dev/vda"], staticAddresses: ["203.0.113.5"] }),
  "before the reboot, with DHCP": proofBeforeRebootScript({ toplevel, disks: ["/dev/vda"], staticAddresses: [] }),
  "of host keys": hostKeysScript(toplevel),
  "after the boot": proofAfterBootScript(toplevel),
}))
  test(`the proof ${name} is valid shell`, () => {
    const { stderr, status } = spawnSync("sh", ["-n"], { input: script, encoding: "utf8" });
    assert.deepEqual([stderr, status], ["", 0]);
  });

const sh = (script: string) => {
  const { stdout, stderr, status, signal } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
  return { stdout, stderr, exitCode: status ?? undefined, signal: signal ?? undefined };
};

test("a proof counts when it came to its end, and no sooner", () => {
  const whole = sh(toItsEnd("printf 'check\\tprofile\\tpassed\\t\\n'"));
  assert.deepEqual(parseProof(wholeOutput(whole)), [{ id: "profile", verdict: "passed", detail: "" }]);
  const isProof = (error: unknown): boolean => error instanceof StepFailed && error.isProof;
  for (const result of [
    { ...whole, stdout: whole.stdout.slice(0, -2) },
    { ...whole, exitCode: undefined, signal: "SIGKILL" },
    sh(toItsEnd("printf 'check\\tprofile\\tpassed\\t\\n'; exit 3")),
  ])
    assert.throws(() => wholeOutput(result, { isProof: true }), isProof);
});

test("a program of the new system that the kernel kills for its memory is no check that passed", () => {
  // Functions in the place of programs that would change this machine.
  const inPlace = "mkdir() { :; }\nmount() { false; }\nchroot() { return 137; }\n";
  const script = proofBeforeRebootScript({ toplevel, disks: [], staticAddresses: [] });
  assert.throws(() => wholeOutput(sh(`${inPlace}${toItsEnd(script)}`)), /was killed by SIGKILL/);
});

test("checks that could not be made are not counted with those that passed", () => {
  const said: string[] = [];
  const context = {
    ...{ check: () => undefined, log: (line: string) => said.push(line), request: { accept: ["swap"] } },
  } as unknown as StepContext;
  const checks = (["passed", "passed", "skipped"] as const).map((verdict) => ({ id: "x", verdict, detail: "" }));
  assert.equal(reportProof(context, checks), "2 checks passed, 1 not made");
  assert.equal(said.length, 1);
  const accepted = { id: "swap", verdict: "failed", detail: "" } as const;
  assert.equal(reportProof(context, [...checks, accepted]), "2 checks passed, 1 failed and accepted, 1 not made");
});

test("what the proof prints", () => {
  const output = [
    "check\tprofile\tpassed\t/nix/store/x",
    "check\tlogin\tunsure\t",
    "user\troot",
    "port\t2222",
    "port\tabc",
    "key\tssh-ed25519 AAAAone me@home",
    'key\tno-pty,command="x" ssh-rsa AAAAtwo=',
    "ssh-rsa AAAAthree is no key that may log in",
  ].join("\n");
  assert.deepEqual(parseProof(output), [{ id: "profile", verdict: "passed", detail: "/nix/store/x" }]);
  assert.deepEqual(parseUsers(output), ["root"]);
  assert.deepEqual(parsePorts(output), [2222]);
  assert.deepEqual(parseAuthorizedKeys(output), ["AAAAone", "AAAAtwo="]);
});
