import type { Question, RunEvent, RunOutcome, TargetState } from "./events.ts";
import type { BootstrapPlan } from "./plan.ts";
import { type StepId, stepIds, stepTitles } from "./stepId.ts";

type Of<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

export interface StepState {
  readonly id: StepId;
  readonly title: string;
  readonly status: "waiting" | "running" | "done" | "skipped" | "failed";
  /** What it did, why it was skipped, or what went wrong. */
  readonly detail: string;
  readonly milliseconds: number;
  /** ISO 8601, UTC; empty when it was not started. */
  readonly startedAt: string;
}

/** A run as it stands: what is drawn of it. */
export interface RunState {
  readonly host: string;
  readonly target: string;
  readonly pid: number;
  readonly startedAt: string;
  /** How long its processes took until `lastEventAt`, in milliseconds: the time until a run is taken up again does not count. */
  readonly workedMs: number;
  /** ISO 8601, UTC, of its last event that is no line of a log; empty before there is one. */
  readonly lastEventAt: string;
  readonly plan: BootstrapPlan | undefined;
  readonly steps: readonly StepState[];
  readonly progress: Of<"step-progress"> | undefined;
  readonly sample: Of<"sample"> | undefined;
  /** Asked and not answered yet. */
  readonly question: Question | undefined;
  readonly failure: Of<"step-failed"> | undefined;
  readonly checks: readonly Of<"checked">[];
  readonly isCancelRequested: boolean;
  readonly outcome: RunOutcome | undefined;
  readonly targetState: TargetState | undefined;
}

const initial: RunState = {
  host: "",
  target: "",
  pid: 0,
  startedAt: "",
  workedMs: 0,
  lastEventAt: "",
  plan: undefined,
  steps: stepIds.map(waiting),
  progress: undefined,
  sample: undefined,
  question: undefined,
  failure: undefined,
  checks: [],
  isCancelRequested: false,
  outcome: undefined,
  targetState: undefined,
};

/** What the events of a run come to. */
export function runStateOf(events: readonly RunEvent[]): RunState {
  return events.reduce(applyEvent, initial);
}

/** A state after one more event. Lines of logs change nothing, so that who follows a run without them gets the same. */
export function applyEvent(state: RunState, event: RunEvent): RunState {
  const { type, time } = event;
  if (type === "log" || type === "kernel") return state;
  const passed = Date.parse(time) - Date.parse(state.lastEventAt);
  const worked = type !== "run-started" && passed > 0 ? passed : 0;
  return { ...changed(state, event), workedMs: state.workedMs + worked, lastEventAt: time };
}

function changed(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case "run-started": {
      const { host, target, pid, time } = event;
      const steps = state.steps.map((step) =>
        step.status === "running" || step.status === "failed" ? waiting(step.id) : step,
      );
      return {
        ...initial,
        ...{ host, target, pid, steps, plan: state.plan, checks: state.checks, sample: state.sample },
        startedAt: state.startedAt || time,
      };
    }
    case "planned":
      return { ...state, plan: event.plan };
    case "step-started":
      return {
        ...withStep(state, event.step, { status: "running", detail: "", milliseconds: 0, startedAt: event.time }),
        progress: undefined,
      };
    case "step-progress":
      return { ...state, progress: event };
    case "step-finished": {
      const { step, detail, milliseconds } = event;
      return { ...withStep(state, step, { status: "done", detail, milliseconds }), progress: undefined };
    }
    case "step-skipped": {
      // A run that goes on skips what it has done.
      const wasDone = state.steps.some(({ id, status }) => id === event.step && status === "done");
      return wasDone ? state : withStep(state, event.step, { status: "skipped", detail: event.reason });
    }
    case "step-failed": {
      const startedAt = state.steps.find(({ id }) => id === event.step)?.startedAt ?? "";
      const milliseconds = startedAt === "" ? 0 : Math.max(0, Date.parse(event.time) - Date.parse(startedAt));
      const failed = { status: "failed", detail: event.message, milliseconds } as const;
      return { ...withStep(state, event.step, failed), failure: event, question: undefined };
    }
    case "sample":
      return { ...state, sample: event };
    case "question":
      return { ...state, question: event.question };
    case "answered":
      return { ...state, question: undefined };
    case "checked": {
      const others = state.checks.filter(({ step, check }) => step !== event.step || check !== event.check);
      return { ...state, checks: [...others, event] };
    }
    case "cancel-requested":
      return { ...state, isCancelRequested: true, question: undefined };
    case "run-finished":
      return { ...state, outcome: event.outcome, targetState: event.state, question: undefined, progress: undefined };
    default:
      return state;
  }
}

function waiting(id: StepId): StepState {
  return { id, title: stepTitles[id], status: "waiting", detail: "", milliseconds: 0, startedAt: "" };
}

function withStep(state: RunState, id: StepId, changes: Partial<StepState>): RunState {
  return { ...state, steps: state.steps.map((step) => (step.id === id ? { ...step, ...changes } : step)) };
}
