import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { measureEnd } from "../../../client/src/closure/measureEnd.ts";
import { complaintOf } from "../../../client/src/complaintOf.ts";
import { type ProcessResult, runProcess } from "../../../core/src/process/runProcess.ts";

const ended = (stderr: string): Pick<ProcessResult, "stderr" | "signal"> => ({ stderr, signal: undefined });

/** A program that says what it does, and then runs a script to its end. */
const node = (script: string): Promise<ProcessResult> =>
  runProcess([process.execPath, "-e", `console.error("nixos-vps: evaluating vps"); ${script}`], { timeoutMs: 20_000 });

suite("what the command complained of", () => {
  test("is its last message, all lines of it", () => {
    const progress = "nixos-vps: evaluating vps\n";
    assert.equal(complaintOf(ended(`${progress}nixos-vps: unknown host "web"\n`)), 'Unknown host "web".');
    assert.equal(
      complaintOf(ended(`${progress}nixos-vps: evaluation of vps failed: Failed assertions:\n- a\n- b\n`)),
      "Evaluation of vps failed: Failed assertions:\n- a\n- b.",
    );
    assert.equal(complaintOf(ended("sh: cannot fork\n")), "sh: cannot fork");
    assert.equal(complaintOf(ended("")), "nixos-vps said nothing.");
  });

  test("has no stack in it", () => {
    const stack =
      "nixos-vps: unexpected error: TypeError: a is no function\n    at b (/out/cli.cjs:1:2)\n  code: 'X'\n";
    assert.equal(complaintOf(ended(stack)), "Unexpected error: TypeError: a is no function.");
  });

  test("is the error of one that crashed, not what it did before", async () => {
    assert.equal(
      complaintOf(await node("throw new TypeError('a is no function')")),
      "nixos-vps crashed: TypeError: a is no function.",
    );
    assert.equal(complaintOf(await node("process.kill(process.pid, 'SIGKILL')")), "nixos-vps crashed (SIGKILL).");
    const hungry = await runProcess(
      [
        process.execPath,
        "--max-old-space-size=20",
        "-e",
        "const all = []; for (;;) all.push(new Array(1000).fill(0.5));",
      ],
      { timeoutMs: 20_000 },
    );
    assert.match(complaintOf(hungry), /^nixos-vps crashed \(SIG\w+\): FATAL ERROR: .*heap out of memory\.$/);
  });
});

suite("the end of a measurement", () => {
  const estimate = { toBuild: 3, toFetch: 0, downloadBytes: 0, unpackedBytes: 0 };

  test("is what was kept, or what a build would take", async () => {
    assert.equal(measureEnd(await node("process.exitCode = 1"), true), "measured");
    const notBuilt = { version: 1, root: "/nix/store/a", estimate };
    const result = await node(`console.log(${JSON.stringify(JSON.stringify(notBuilt))}); process.exitCode = 2`);
    assert.deepEqual(measureEnd(result, false), { root: "/nix/store/a", estimate });
  });

  test("is a failure when nothing was kept, also with the exit code of a closure over its budget", async () => {
    const crashed = await node("throw new Error('out of luck')");
    assert.equal(crashed.exitCode, 1);
    assert.deepEqual(measureEnd(crashed, false), { failure: "nixos-vps crashed: Error: out of luck." });
    const notKept = await node(
      "console.error('nixos-vps: the measurement could not be kept: no space left on device')",
    );
    assert.equal(notKept.exitCode, 0);
    assert.deepEqual(measureEnd(notKept, false), {
      failure: "The measurement could not be kept: no space left on device.",
    });
  });
});
