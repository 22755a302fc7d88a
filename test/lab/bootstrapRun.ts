import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { root } from "../../scripts/root.mjs";
import { prepareFlake } from "./flake.ts";
import { buildInstaller } from "./images/installer.ts";
import type { Vps } from "./machine.ts";
import { inLabStore, nixEnvironment } from "./nixStore.ts";

const bundle = join(root, "out/cli.cjs");
const standIn = fileURLToPath(new URL("nixosAnywhere/nixos-anywhere", import.meta.url));

/** What a machine needs to be installed by the command: flake, installer, configuration of ssh, a place for runs. */
export interface Workplace {
  readonly vps: Vps;
  readonly flake: string;
  readonly installer: string;
  readonly sshConfig: string;
  readonly state: string;
}

export async function prepareWorkplace(vps: Vps): Promise<Workplace> {
  const flake = join(vps.folder, "flake");
  await prepareFlake(flake, await readFile(`${vps.keyFile}.pub`, "utf8"));
  const sshConfig = join(vps.folder, "ssh_config");
  const lines = [
    "Host 127.0.0.1",
    `  IdentityFile ${vps.keyFile}`,
    "  IdentitiesOnly yes",
    "  IdentityAgent none",
    `  UserKnownHostsFile ${vps.knownHostsFile}`,
    "  GlobalKnownHostsFile /dev/null",
  ];
  await writeFile(sshConfig, `${lines.join("\n")}\n`);
  const state = join(vps.folder, "s");
  await mkdir(state, { recursive: true });
  return { vps, flake, installer: await buildInstaller(), sshConfig, state };
}

/** A run of the command that is under way. */
export interface RunningBootstrap {
  readonly pid: number;
  /** What happened so far. */
  readonly events: readonly RunEvent[];
  /** Resolves with the first event, past or future, that fits; rejects when the run ends before. */
  waitFor(what: string, fits: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** Sends a request to the control socket and resolves to the reply. */
  request(request: object): Promise<string>;
  kill(): void;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Starts `nixos-vps bootstrap --json` against a machine. */
export async function startBootstrap(
  workplace: Workplace,
  options: readonly string[],
  host = "lab",
): Promise<RunningBootstrap> {
  const { vps, flake, installer, sshConfig } = workplace;
  const target = [`${flake}#${host}`, `${vps.user}@${vps.host}`];
  const fixed = ["--port", String(vps.port), "--ssh-config", sshConfig, "--kexec", installer];
  return startCommand(workplace, ["bootstrap", "--json", ...fixed, ...options, ...target]);
}

export async function resumeBootstrap(workplace: Workplace, run: string): Promise<RunningBootstrap> {
  return startCommand(workplace, ["bootstrap", "--json", "--resume", run]);
}

/** Where the only run of a workplace keeps its files. */
export function runFolder({ state }: Workplace, run: string): string {
  return join(state, "runs", run);
}

async function startCommand(workplace: Workplace, args: readonly string[]): Promise<RunningBootstrap> {
  const [file, commandArgs] = await inLabStore(process.execPath, [bundle, ...args]);
  const child = spawn(file, commandArgs, {
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      ...nixEnvironment,
      NIXOS_VPS_STATE_DIR: workplace.state,
      NIXOS_VPS_NIXOS_ANYWHERE: process.env["NIXOS_VPS_NIXOS_ANYWHERE"] || standIn,
    },
  });
  child.stdin.end();
  return follow(child, workplace);
}

function follow(child: ChildProcessWithoutNullStreams, workplace: Workplace): RunningBootstrap {
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
    request: (request) => sendRequest(workplace, request),
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

async function sendRequest(workplace: Workplace, request: object): Promise<string> {
  const runs = (await readdir(join(workplace.state, "runs"))).filter((name) => !name.startsWith("."));
  const path = runs.map((run) => join(runFolder(workplace, run), "control")).find(existsSync);
  if (path === undefined) throw new Error("No run listens.");
  const socket = connect(path);
  socket.write(`${JSON.stringify(request)}\n`);
  const [reply] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return reply.toString();
}
