import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultChoices } from "../../core/src/bootstrap/defaultChoices.ts";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import type { FlakeFacts } from "../../core/src/bootstrap/flakeFacts.ts";
import type { PanelChoices, RunProcess, ToPanel } from "../../core/src/bootstrap/panelMessages.ts";
import { planBootstrap } from "../../core/src/bootstrap/plan.ts";
import type { PreflightFinding } from "../../core/src/bootstrap/preflight.ts";
import { applyEvents, emptyView } from "../../core/src/bootstrap/runView.ts";
import { unknownFacts } from "../../core/src/bootstrap/targetFacts.ts";
import { root } from "../../scripts/root.mjs";

/** A journal that test/lab/recordJournals.ts recorded from a run against the lab. */
export function journal(name: "copyCutOffThenResumed" | "sshdHidden"): readonly RunEvent[] {
  const text = readFileSync(join(root, "test/fixtures/journals", `${name}.jsonl`), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
}

/** The events up to the first one that fits. */
export function upTo(events: readonly RunEvent[], fits: (event: RunEvent) => boolean): readonly RunEvent[] {
  const end = events.findIndex(fits);
  if (end === -1) throw new Error("There is no such event in the journal.");
  return events.slice(0, end + 1);
}

/** Puts a run of the past into a state directory, whole at once; `of` is the host that it was for. */
export async function writeRun(
  state: string,
  id: string,
  events: readonly RunEvent[],
  of?: { readonly flake: string; readonly host: string },
): Promise<void> {
  const folder = join(state, "runs", id);
  const unfinished = join(state, `unfinished-${id}`);
  await mkdir(unfinished, { recursive: true });
  await mkdir(join(state, "runs"), { recursive: true });
  const lines = events.map((event) => `${JSON.stringify(of ? forHost(event, of.host) : event)}\n`);
  await writeFile(join(unfinished, "journal.jsonl"), lines.join(""));
  if (of) {
    const reference = { flake: of.flake, directory: of.flake, host: of.host };
    const request = { version: 1, reference, target: "root@127.0.0.1" };
    await writeFile(join(unfinished, "request.json"), JSON.stringify(request));
  }
  await rename(unfinished, folder);
}

function forHost(event: RunEvent, host: string): RunEvent {
  return event.type === "run-started" ? { ...event, host } : event;
}

/** What the panel is told of a run that has come so far. */
export function runMessage(events: readonly RunEvent[], process: RunProcess): ToPanel {
  const now = Date.parse(events.at(-1)?.time ?? "");
  return { type: "run", run: "recorded", view: applyEvents(emptyView, events), process, now };
}

/** A plan for the machine of a recorded run, with as much memory as is asked for. */
export function planFor({
  totalMiB = 911,
  availableMiB,
  findings = false,
  buildHost = null,
  buildHostFindings = [],
}: {
  readonly totalMiB?: number;
  readonly availableMiB: number;
  /** Whether a rule has found something in the flake. */
  readonly findings?: boolean;
  readonly buildHost?: string | null;
  /** What was seen of it. */
  readonly buildHostFindings?: readonly PreflightFinding[];
}): Extract<ToPanel, { type: "plan" }> {
  const planned = journal("copyCutOffThenResumed").find((event) => event.type === "planned");
  if (planned?.type !== "planned") throw new Error("The journal has no plan.");
  const memory = { totalKiB: totalMiB * 1024, availableKiB: availableMiB * 1024 };
  const choices: PanelChoices = { ...defaultChoices, buildHost };
  const finding: FlakeFacts["findings"][number] = {
    rule: "persist-dir-shadows-etc",
    severity: "error",
    file: "hosts/lab/persistence.nix",
    line: 14,
    message: "/etc/ssh is persisted as a directory: it is mounted over the files that NixOS generates there.",
  };
  const flake: FlakeFacts = {
    host: "lab",
    disks: ["/dev/vda"],
    bootMode: "bios",
    closureBytes: "unknown",
    findings: findings ? [finding] : [],
  };
  const facts = { ...unknownFacts, ...planned.plan.facts, memory };
  const plan = planBootstrap("root@127.0.0.1", facts, flake, { ...choices, initrdMiB: 336 }, buildHostFindings);
  return { type: "plan", plan, choices };
}
