import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { endBootstraps, lastEvents, type RunningBootstrap } from "./bootstrapRun.ts";
import { startInstaller } from "./installerMachine.ts";
import { type LabVps, prepareLabVps, startLabVps } from "./labVps.ts";
import type { VpsOptions } from "./machine.ts";

/** Does `work` on a rented machine, which is stopped whatever happens. */
export async function onVps(options: VpsOptions, work: (lab: LabVps) => Promise<void>): Promise<void> {
  return on(await startLabVps(options), work);
}

/** The same on a machine that runs the installer already, as after a first run that came so far. */
export async function onInstaller(options: VpsOptions, work: (lab: LabVps) => Promise<void>): Promise<void> {
  return on(await prepareLabVps(await startInstaller(options)), work);
}

async function on(lab: LabVps, work: (lab: LabVps) => Promise<void>): Promise<void> {
  try {
    await work(lab);
  } finally {
    await endBootstraps(lab);
    await lab.stop();
  }
}

export async function assertEnds(run: RunningBootstrap, code: number): Promise<void> {
  const ended = await run.ended;
  assert.equal(ended.code, code, `${ended.stderr}\n${lastEvents(run.events)}`);
}

export function onlyRun(lab: LabVps): string {
  const [run, ...others] = runsOn(lab);
  assert.ok(run !== undefined && others.length === 0);
  return run;
}

/** The run that was started last: names begin with the time. */
export function lastRun(lab: LabVps): string {
  const run = runsOn(lab).at(-1);
  assert.ok(run !== undefined);
  return run;
}

function runsOn({ state }: LabVps): string[] {
  return readdirSync(join(state, "runs"))
    .filter((name) => !name.startsWith("."))
    .sort();
}

export const isQuestion = ({ type }: RunEvent): boolean => type === "question";

/** Answers what a run asked last. */
export function answer(run: RunningBootstrap, value: string): Promise<string> {
  const asked = run.events.findLast((event) => event.type === "question");
  assert.ok(asked);
  return run.request({ type: "confirm", question: asked.question.id, value });
}

export function started(step: string) {
  return (event: RunEvent): boolean => event.type === "step-started" && event.step === step;
}

export function finished(step: string) {
  return (event: RunEvent): boolean => event.type === "step-finished" && event.step === step;
}

export function skippedSteps({ events }: RunningBootstrap): string[] {
  return events.flatMap((event) => (event.type === "step-skipped" ? [event.step] : []));
}

/** What a run that has ended says of the machine. */
export function stateOf({ events }: RunningBootstrap): string | undefined {
  return events.findLast((event) => event.type === "run-finished")?.state;
}
