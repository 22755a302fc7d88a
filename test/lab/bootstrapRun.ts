import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import type { BootstrapPlan } from "../../core/src/bootstrap/plan.ts";
import { root } from "../../scripts/root.mjs";
import type { LabVps } from "./labVps.ts";
import { inLabStore } from "./nixStore.ts";

const bundle = join(root, "out/cli.cjs");

/** A run of the command that is under way. */
export interface RunningBootstrap {
  readonly pid: number;
  /** What happened so far. */
  readonly events: readonly RunEvent[];
  /** Resolves with the first event, past or future, that fits; rejects when the run ends before. */
  waitFor(what: string, fits: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** Sends a request to the control socket and resolves to the reply. */
  request(request: object): Promise<string>;
  /** Asks the process to cancel the run and end, as Ctrl-C does. */
  cancel(): void;
  /** Ends the process where it is. */
  kill(): void;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Starts `nixos-vps bootstrap --json` against a machine, with everything said in the command line. */
export async function startBootstrap(lab: LabVps, options: readonly string[], host = "lab"): Promise<RunningBootstrap> {
  return startCommand(lab, ["bootstrap", "--json", ...lab.options, ...options, `${lab.flake}#${host}`, lab.target]);
}

/** The same without options for ssh and the installer, as an editor starts it that knows nothing of the lab. */
export async function startBootstrapByEnvironment(lab: LabVps, options: readonly string[]): Promise<RunningBootstrap> {
  return startCommand(lab, ["bootstrap", "--json", ...options, `${lab.flake}#lab`, "lab"], lab.environment.all);
}

/** What the command would do, as `--plan --format json` prints it. */
export async function planBootstrap(lab: LabVps): Promise<BootstrapPlan> {
  const args = ["bootstrap", "--plan", "--format", "json", ...lab.options, `${lab.flake}#lab`, lab.target];
  const [file, fileArgs] = await inLabStore(process.execPath, [bundle, ...args]);
  return JSON.parse((await execa(file, fileArgs, { env: lab.environment.nix, reject: false })).stdout);
}

/** @param environment as the run was started with */
export async function resumeBootstrap(
  lab: LabVps,
  run: string,
  environment = lab.environment.nix,
): Promise<RunningBootstrap> {
  return startCommand(lab, ["bootstrap", "--json", "--resume", run], environment);
}

/** Where a run keeps its files. */
export function runFolder({ state }: LabVps, run: string): string {
  return join(state, "runs", run);
}

/** The command cancels its run and ends what it has started when this process ends, also when that is killed. */
async function startCommand(
  lab: LabVps,
  args: readonly string[],
  environment = lab.environment.nix,
): Promise<RunningBootstrap> {
  const [file, commandArgs] = await inLabStore(process.execPath, [bundle, ...args]);
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", file, ...commandArgs], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
  });
  child.stdin.end();
  const run = follow(child, lab);
  const runs = runsOf.get(lab) ?? new Set();
  runsOf.set(lab, runs.add(run));
  return run;
}

const runsOf = new WeakMap<LabVps, Set<RunningBootstrap>>();
const cancelMs = 30_000;

/** Cancels what is still at work on a machine, as after a test that failed, and waits until it has ended. */
export async function endBootstraps(lab: LabVps): Promise<void> {
  for (const run of runsOf.get(lab) ?? []) {
    run.cancel();
    const limit = setTimeout(run.kill, cancelMs);
    await run.ended;
    clearTimeout(limit);
  }
}

function follow(child: ChildProcessWithoutNullStreams, lab: LabVps): RunningBootstrap {
  const events: RunEvent[] = [];
  const waiting = new Set<() => void>();
  let stderr = "";
  let isOver = false;
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as RunEvent;
    events.push(event);
    if (process.env["NIXOS_VPS_LAB_VERBOSE"]) process.stderr.write(`${line}\n`);
    for (const wake of waiting) wake();
  });
  const ended = once(child, "close").then(([code]) => {
    isOver = true;
    for (const wake of waiting) wake();
    return { code: code as number | null, stderr };
  });
  return {
    pid: child.pid ?? 0,
    events,
    ended,
    cancel: () => void child.kill("SIGTERM"),
    kill: () => void child.kill("SIGKILL"),
    waitFor: (what, fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = events.find(fits);
          if (!found && !isOver) return;
          waiting.delete(look);
          if (found) resolve(found);
          else reject(new Error(`The run ended before ${what}:\n${stderr}\n${lastEvents(events)}`));
        };
        waiting.add(look);
        look();
      }),
    request: (request) => sendRequest(lab, request),
  };
}

/** The end of a run, for the message of a test that failed. */
export function lastEvents(events: readonly RunEvent[]): string {
  return events
    .filter(({ type }) => type !== "sample" && type !== "step-progress" && type !== "planned")
    .slice(-40)
    .map((event) => JSON.stringify(event).slice(0, 400))
    .join("\n");
}

async function sendRequest(lab: LabVps, request: object): Promise<string> {
  const runs = (await readdir(join(lab.state, "runs"))).filter((name) => !name.startsWith("."));
  const path = runs.map((run) => join(runFolder(lab, run), "control")).find(existsSync);
  if (path === undefined) throw new Error("No run listens.");
  const socket = connect(path);
  socket.write(`${JSON.stringify(request)}\n`);
  const [reply] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return reply.toString();
}
