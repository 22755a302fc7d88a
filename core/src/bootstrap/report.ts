import type { RunEvent } from "./events.ts";
import type { RunState } from "./runState.ts";
import { runStateOf } from "./runState.ts";

const outcomes = {
  installed: "Installed, and everything that was checked is as it should be.",
  failed: "Failed.",
  "not-started": "Not started.",
  cancelled: "Cancelled.",
  "proof-failed": "Installed, but a check failed.",
} as const;

/** The run as a Markdown document. */
export function formatReport(run: string, events: readonly RunEvent[]): string {
  const state = runStateOf(events);
  return [
    `# Bootstrap of ${state.host} on ${state.target}`,
    "",
    `Run \`${run}\`, started ${state.startedAt}.`,
    "",
    `**${state.outcome ? outcomes[state.outcome] : "Not finished."}** State of the target: ${state.targetState ?? "not known"}.`,
    ...failureOf(state, run),
    "",
    "## Steps",
    "",
    "| step | result | time | detail |",
    "|---|---|---|---|",
    ...state.steps.map(
      ({ title, status, milliseconds, detail }) =>
        `| ${title} | ${status} | ${milliseconds > 0 ? `${(milliseconds / 1000).toFixed(1)} s` : ""} | ${cell(detail)} |`,
    ),
    ...checksOf(state),
    ...forecastOf(state),
    ...memoryOf(events),
    "",
  ].join("\n");
}

function failureOf({ failure }: RunState, run: string): string[] {
  if (!failure) return [];
  return [
    "",
    "## What went wrong",
    "",
    failure.message,
    ...(failure.cause === undefined ? [] : ["", `Cause: ${failure.cause}`]),
    ...(failure.remedy === undefined ? [] : ["", `What to do: ${failure.remedy}`]),
    ...(failure.evidence === undefined ? [] : ["", "```", failure.evidence, "```"]),
    "",
    `Go on with \`nixos-vps bootstrap --resume ${run}\`.`,
  ];
}

function checksOf({ checks }: RunState): string[] {
  if (checks.length === 0) return [];
  const rows = checks.map(
    ({ check, passed, detail }) => `| ${check} | ${passed ? "passed" : "failed"} | ${cell(detail)} |`,
  );
  return ["", "## Checks", "", "| check | result | detail |", "|---|---|---|", ...rows];
}

function forecastOf({ plan }: RunState): string[] {
  if (!plan || plan.forecast.length === 0) return [];
  const rows = plan.forecast.map(
    ({ step, what, needMiB, haveMiB, verdict, action }) =>
      `| ${step} | ${cell(what)} | ${needMiB} | ${haveMiB} | ${verdict} | ${cell(action)} |`,
  );
  const head = ["| step | what | needs MiB | has MiB | verdict | the run |", "|---|---|---|---|---|---|"];
  return ["", "## Memory", "", ...head, ...rows];
}

function memoryOf(events: readonly RunEvent[]): string[] {
  const samples = events.filter((event) => event.type === "sample");
  if (samples.length === 0) return [];
  const least = samples.reduce((lowest, sample) => (sample.availableMiB < lowest.availableMiB ? sample : lowest));
  return ["", `Least memory available while it ran: ${least.availableMiB} of ${least.totalMiB} MiB.`];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
