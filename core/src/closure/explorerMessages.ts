/** What the closure explorer and the editor say to each other: plain JSON, checked by whoever receives it. */
import { checkMeasurement, type Measurement, NoMeasurement } from "./measurement.ts";

/** Something to know about the closure as a whole: that it is over its budget, or fits the machine. */
export interface Notice {
  readonly severity: "information" | "warning";
  readonly text: string;
}

/** What the closure can be compared with. */
export interface ComparisonChoice {
  readonly id: string;
  /** As it completes "Compare with". */
  readonly label: string;
}

/** The choice to compare with nothing. */
export const noComparison = "nothing";

/** The closure that the shown one is compared with. */
export interface Baseline {
  /** As it completes "Compared with". */
  readonly label: string;
  readonly measurement: Measurement;
}

/** Editor to explorer. */
export type ExplorerShows =
  | {
      readonly kind: "closure";
      readonly measurement: Measurement;
      readonly notices: readonly Notice[];
      readonly choices: readonly ComparisonChoice[];
      readonly baseline?: Baseline;
    }
  /** There is no measurement yet. */
  | { readonly kind: "unmeasured"; readonly host: string }
  /** What is under way; an empty text when nothing is. */
  | { readonly kind: "activity"; readonly text: string }
  /** The answer to a ping. */
  | { readonly kind: "pong" };

/** Explorer to editor. */
export type ExplorerAsks =
  /** The explorer is there and shows nothing yet. */
  | { readonly kind: "ready" }
  /** Whether the editor is there. */
  | { readonly kind: "ping" }
  | { readonly kind: "measure" }
  /** Opens a module; `file` and `line` are those of an `AddedBy` of the measurement. */
  | { readonly kind: "open"; readonly file: string; readonly line?: number }
  /** The id of a choice, or `noComparison`. */
  | { readonly kind: "compare"; readonly with: string }
  | { readonly kind: "copy"; readonly text: string }
  | { readonly kind: "saveReport" };

/** Undefined for anything that is no such message. */
export function parseExplorerShows(value: unknown): ExplorerShows | undefined {
  if (!isRecord(value)) return undefined;
  switch (value["kind"]) {
    case "closure":
      return parseClosure(value);
    case "unmeasured":
      return typeof value["host"] === "string" ? { kind: "unmeasured", host: value["host"] } : undefined;
    case "activity":
      return typeof value["text"] === "string" ? { kind: "activity", text: value["text"] } : undefined;
    case "pong":
      return { kind: "pong" };
    default:
      return undefined;
  }
}

/** Undefined for anything that is no such message. */
export function parseExplorerAsks(value: unknown): ExplorerAsks | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, file, line, text } = value;
  switch (kind) {
    case "ready":
    case "ping":
    case "measure":
    case "saveReport":
      return { kind };
    case "open": {
      if (typeof file !== "string") return undefined;
      if (line === undefined) return { kind, file };
      return typeof line === "number" && Number.isInteger(line) && line >= 1 ? { kind, file, line } : undefined;
    }
    case "compare":
      return typeof value["with"] === "string" ? { kind, with: value["with"] } : undefined;
    case "copy":
      return typeof text === "string" ? { kind, text } : undefined;
    default:
      return undefined;
  }
}

function parseClosure({ measurement, notices, choices, baseline }: Record<string, unknown>): ExplorerShows | undefined {
  if (!Array.isArray(notices) || !notices.every(isNotice)) return undefined;
  if (!Array.isArray(choices) || !choices.every(isChoice)) return undefined;
  try {
    const base = baseline === undefined ? undefined : parseBaseline(baseline);
    return {
      kind: "closure",
      measurement: checkMeasurement(measurement),
      notices,
      choices,
      ...(base ? { baseline: base } : {}),
    };
  } catch (error) {
    if (error instanceof NoMeasurement) return undefined;
    throw error;
  }
}

function parseBaseline(value: unknown): Baseline {
  if (!isRecord(value) || typeof value["label"] !== "string") throw new NoMeasurement("The baseline has no label.");
  return { label: value["label"], measurement: checkMeasurement(value["measurement"]) };
}

function isNotice(value: unknown): value is Notice {
  if (!isRecord(value)) return false;
  const { severity, text } = value;
  return (severity === "information" || severity === "warning") && typeof text === "string";
}

function isChoice(value: unknown): value is ComparisonChoice {
  return isRecord(value) && typeof value["id"] === "string" && typeof value["label"] === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
