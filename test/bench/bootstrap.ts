import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { lastEvents, startBootstrap } from "../lab/bootstrapRun.ts";
import { systemIsUp } from "../lab/console.ts";
import { buildOutput } from "../lab/flake.ts";
import { type LabVps, startLabVps } from "../lab/labVps.ts";
import type { Vps } from "../lab/machine.ts";
import { inLabStore } from "../lab/nixStore.ts";
import type { Figure } from "./figures.ts";

const articleScript = fileURLToPath(new URL("articleScript.sh", import.meta.url));

const scriptLimitMs = 15 * 60_000;

/** Steps in which the run waits for nobody but its own commands; the others are nixos-anywhere's, disko's, Nix's and the boots. */
const ownSteps = [
  ...["inspect", "connect", "prepare-target", "prepare-installer", "disk-gate", "disko-patch", "store-overlay"],
  "proof-before-reboot",
];

/**
 * Installs two machines of the lab, one after the other: with `nixos-vps bootstrap`, and with nixos-anywhere in one call beside a
 * helper that polls. Both use the nixos-anywhere of `NIXOS_VPS_NIXOS_ANYWHERE`, otherwise the stand-in.
 */
export async function benchBootstrap(): Promise<Figure[]> {
  const run = await onLab(measureRun);
  const script = await onLab(measureScript);
  const compared = (ours: number, theirs: number): string =>
    `script with a polling helper: ${seconds(theirs)}, ratio ${(ours / theirs).toFixed(2)}`;
  return [
    { what: "whole lab run", measured: seconds(run.wall), budget: compared(run.wall, script.wall) },
    ...run.steps.map(({ step, seconds: taken }) => ({ what: `  ${step}`, measured: seconds(taken), budget: "" })),
    {
      what: "  our steps' share of it",
      measured: `${((100 * run.own) / run.wall).toFixed(1)} %`,
      budget: `under 10 % (${seconds(run.own)})`,
    },
    {
      what: "  ssh server of the installer -> swap active",
      measured: seconds(run.untilSwap),
      budget: `under 2 s; ${compared(run.untilSwap, script.untilSwap)}`,
    },
  ];
}

async function onLab<Result>(measure: (lab: LabVps) => Promise<Result>): Promise<Result> {
  const lab = await startLabVps();
  try {
    return await measure(lab);
  } finally {
    await lab.stop();
  }
}

async function measureRun(lab: LabVps) {
  const begin = Date.now();
  const run = await startBootstrap(lab, ["--yes-wipe", "/dev/vda"]);
  const { code, stderr } = await run.ended;
  const wall = since(begin);
  if (code !== 0) throw new Error(`The run ended with exit code ${code}:\n${stderr}\n${lastEvents(run.events)}`);
  const finished = run.events.filter((event) => event.type === "step-finished");
  const steps = finished.map(({ step, milliseconds }) => ({ step, seconds: milliseconds / 1000 }));
  return { wall, steps, own: ownSeconds(run.events), untilSwap: await secondsUntilSwap(lab.vps) };
}

function ownSeconds(events: readonly RunEvent[]): number {
  const finished = events.filter((event) => event.type === "step-finished");
  const own = finished
    .filter(({ step }) => ownSteps.includes(step))
    .reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return (own + checksAfterBoot(events)) / 1000;
}

/** Of the last step, what comes after the system has answered. */
function checksAfterBoot(events: readonly RunEvent[]): number {
  const answered = events.findLast((event) => event.type === "noted" && event.notes.installedBootId !== undefined);
  const end = events.findLast((event) => event.type === "step-finished");
  return answered && end ? Date.parse(end.time) - Date.parse(answered.time) : 0;
}

async function measureScript(lab: LabVps) {
  const system = await buildOutput(lab.flake, "toplevel");
  const disko = await buildOutput(lab.flake, "diskoScriptNoDeps");
  const port = String(lab.vps.port);
  const connection = ["-i", lab.vps.keyFile, "-p", port, "--post-kexec-ssh-port", port];
  const [file, args] = await inLabStore(articleScript, ["lab", lab.installer, disko, system, ...connection]);
  const from = (await lab.vps.serialLog()).length;
  const begin = Date.now();
  const { exitCode, all } = await execa(file, args, {
    env: lab.environment.all,
    all: true,
    reject: false,
    stdin: "ignore",
    // Its nixos-anywhere waits for a machine for ever.
    timeout: scriptLimitMs,
  });
  if (exitCode !== 0) throw new Error(`The script ended with exit code ${exitCode}:\n${all}`);
  await lab.vps.waitForSerial(systemIsUp.installed, { from });
  await lab.vps.waitForSsh();
  return { wall: since(begin), untilSwap: await secondsUntilSwap(lab.vps) };
}

/** By the clock of the machine itself, whose kernel says both on its console; the old system may have said the second one before. */
async function secondsUntilSwap(vps: Vps): Promise<number> {
  const log = await vps.serialLog();
  const up = /^\[ *([\d.]+)\] lab: the ssh server is next$/m.exec(log);
  const swap = /^\[ *([\d.]+)\] Adding \d+k swap on \/dev\/zram0/m.exec(log.slice(up?.index));
  return Number(swap?.[1]) - Number(up?.[1]);
}

function since(begin: number): number {
  return (Date.now() - begin) / 1000;
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
