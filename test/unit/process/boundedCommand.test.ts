import assert from "node:assert/strict";
import { test } from "node:test";
import { boundedCommand, commandNotFound } from "../../../core/src/process/boundedCommand.ts";
import { runProcess } from "../../../core/src/process/runProcess.ts";

const limits = { timeoutMs: 20_000 };

test("words, output and exit code pass as they are, and the limit holds", async () => {
  const script = 'printf "%s|" "$@"; ulimit -d; exit 3';
  const words = ["it's", "$HOME", "", "a b"];
  const run = async (memoryMiB: number | undefined): Promise<string> => {
    const bounds = { memoryMiB, lastSignal: "TERM" } as const;
    const { stdout, exitCode } = await runProcess(boundedCommand(["sh", "-c", script, "sh", ...words], bounds), limits);
    assert.equal(exitCode, 3);
    return stdout;
  };
  assert.equal(await run(100), `${words.join("|")}|102400\n`);
  const { stdout: own } = await runProcess(["sh", "-c", "ulimit -d"], limits);
  assert.equal(await run(undefined), `${words.join("|")}|${own}`);
});

test("a program that is not there is told by its exit code", async () => {
  const command = boundedCommand(["no-such-program"], { memoryMiB: undefined, lastSignal: "KILL" });
  assert.equal((await runProcess(command, limits)).exitCode, commandNotFound);
});
