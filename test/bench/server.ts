import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startClient, type TestClient } from "../lsp/client.ts";
import { type Figure, milliseconds, percentile } from "./figures.ts";

const keystrokes = 100;

/** Start-up, first findings, keystroke to diagnostics and memory of the bundled server on a flake of `files` files. */
export async function benchServer(root: string, files: number): Promise<Figure[]> {
  const started = performance.now();
  const client = await startClient({ folders: [root], settings: {} });
  const answered = performance.now() - started;
  const long = join(root, "modules/long.nix");
  client.open(long, readFileSync(long, "utf8"));
  await client.pullWorkspace();
  const cold = performance.now() - started;
  const latencies = await typeInto(client, long);
  const busy = residentMegabytes(client.process.pid);
  const idle = await idleMegabytes(client.process.pid);
  await client.shutdown();
  return [
    { what: "spawn to initialize answered", measured: milliseconds(answered), budget: "" },
    {
      what: `spawn to findings of all ${files} files`,
      measured: milliseconds(cold),
      budget: files <= 600 ? "600 ms + start" : "6 s",
    },
    {
      what: `keystroke to diagnostics, 1,000 lines, ${files} files, p50`,
      measured: milliseconds(percentile(latencies, 0.5)),
      budget: "",
    },
    {
      what: `keystroke to diagnostics, 1,000 lines, ${files} files, p95`,
      measured: milliseconds(percentile(latencies, 0.95)),
      budget: "10 ms",
    },
    { what: `server memory while typing, ${files} files`, measured: `${busy.toFixed(0)} MB`, budget: "" },
    {
      what: `server memory, idle, ${files} files`,
      measured: `${idle.toFixed(0)} MB`,
      budget: files <= 600 ? "100 MB" : "",
    },
  ];
}

/** Types letters into a comment in the middle of a file and pulls after each; returns the waiting times in milliseconds. */
async function typeInto(client: TestClient, file: string): Promise<number[]> {
  const line = 500;
  client.change(file, [{ range: { start: { line, character: 0 }, end: { line, character: 0 } }, text: "# \n" }]);
  const latencies: number[] = [];
  for (let index = 0; index < keystrokes; index++) {
    const at = { line, character: 2 + index };
    const started = performance.now();
    client.change(file, [{ range: { start: at, end: at }, text: "x" }]);
    await client.pull(file);
    latencies.push(performance.now() - started);
  }
  return latencies;
}

/** The least resident memory within a few seconds: the server gives back what typing took once nothing changes. */
async function idleMegabytes(pid: number | undefined): Promise<number> {
  const deadline = performance.now() + 15_000;
  let least = residentMegabytes(pid);
  while (performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    least = Math.min(least, residentMegabytes(pid));
  }
  return least;
}

/** Resident memory of a process, from /proc (proc(5), VmRSS in KiB). */
function residentMegabytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6;
}
