import assert from "node:assert/strict";
import { test } from "node:test";
import { ProcessFailed, runProcess } from "../../../core/src/process/runProcess.ts";

test("words, output, exit code and lines", async () => {
  const lines: string[] = [];
  const result = await runProcess(["sh", "-c", 'cat; printf "%s\\n" "$1" >&2; exit 3', "sh", "it's $HOME"], {
    timeoutMs: 10_000,
    stdin: "in\n",
    onLine: (line, stream) => lines.push(`${stream}: ${line}`),
  });
  assert.deepEqual(result, { exitCode: 3, signal: undefined, stdout: "in\n", stderr: "it's $HOME\n" });
  assert.deepEqual(lines.toSorted(), ["stderr: it's $HOME", "stdout: in"]);
});

test("a program that is not there, and one that takes too long", async () => {
  await assert.rejects(
    runProcess(["no-such-program"], { timeoutMs: 1000 }),
    (error: unknown) => error instanceof ProcessFailed && error.reason === "not-found",
  );
  await assert.rejects(
    runProcess(["sleep", "60"], { timeoutMs: 100 }),
    (error: unknown) => error instanceof ProcessFailed && error.reason === "timed-out",
  );
});

test("a cancelled program is gone when the waiting ends", async () => {
  const controller = new AbortController();
  let pid = 0;
  const running = runProcess(["sh", "-c", "echo $$; exec sleep 60"], {
    timeoutMs: 60_000,
    signal: controller.signal,
    onLine(line) {
      pid = Number(line);
      controller.abort(new Error("cancelled"));
    },
  });
  await assert.rejects(running, /cancelled/);
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

test("a program that is cancelled by whoever is told that it runs is gone when the waiting ends", async () => {
  const controller = new AbortController();
  let pid = 0;
  const running = runProcess(["sleep", "60"], {
    timeoutMs: 60_000,
    signal: controller.signal,
    onStarted(group) {
      pid = group;
      controller.abort(new Error("cancelled"));
    },
  });
  await assert.rejects(running, /cancelled/);
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
});
