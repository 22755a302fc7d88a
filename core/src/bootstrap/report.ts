import { duration, elapsed } from "../durations.ts";
import { markdownCodeBlock, markdownText } from "../markdown.ts";
import type { RunEvent } from "./events.ts";
import { plainText } from "./plainText.ts";
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
    `# Bootstrap of ${markdownText(state.host)} on ${markdownText(state.target)}`,
    "",
    `Run \`${run}\`, started ${state.startedAt}, took ${elapsed(state.workedMs)}.`,
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
        `| ${title} | ${status} | ${milliseconds > 0 ? duration(milliseconds) : ""} | ${text(detail)} |`,
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
    ...failure.message.split("\n").map(text),
    ...(failure.cause === undefined ? [] : ["", `Cause: ${text(failure.cause)}`]),
    ...(failure.remedy === undefined ? [] : ["", `What to do: ${text(failure.remedy)}`]),
    ...(failure.evidence === undefined
      ? []
      : ["", markdownCodeBlock(failure.evidence.split("\n").map(plainText).join("\n"))]),
    "",
    `Go on with \`nixos-vps bootstrap --resume ${run}\`.`,
  ];
}

function checksOf({ checks }: RunState): string[] {
  if (checks.length === 0) return [];
  const rows = checks.map(
    ({ check, passed, detail }) => `| ${text(check)} | ${passed ? "passed" : "failed"} | ${text(detail)} |`,
  );
  return ["", "## Checks", "", "| check | result | detail |", "|---|---|---|", ...rows];
}

function forecastOf({ plan }: RunState): string[] {
  if (!plan || plan.forecast.length === 0) return [];
  const rows = plan.forecast.map(
    ({ step, what, needMiB, haveMiB, verdict, action }) =>
      `| ${step} | ${text(what)} | ${needMiB} | ${haveMiB} | ${verdict} | ${text(action)} |`,
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

/** Much of what stands in a report was said by the target. */
function text(said: string): string {
  return markdownText(said.split("\n").map(plainText).join(" "));
}
