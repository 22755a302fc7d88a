import { readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { systemError } from "../../../core/src/systemError.ts";
import { CannotRun } from "../cannotRun.ts";
import { fingerprint } from "./fingerprint.ts";
import type { ReportedFinding } from "./report.ts";

/** A finding that is accepted for now; `file` is relative to the directory of the baseline, so it holds wherever the command runs. */
interface BaselineEntry {
  readonly rule: string;
  readonly file: string;
  readonly fingerprint: string;
}

export interface Baseline {
  /** Absolute path of its file. */
  readonly path: string;
  readonly entries: readonly BaselineEntry[];
}

/** The baseline that accepts exactly these findings. */
export function baselineOf(findings: readonly ReportedFinding[], path: string): Baseline {
  return { path, entries: findings.map((finding) => entryOf(finding, path)) };
}

/** Says of each finding whether the baseline accepts it. */
export function acceptedBy({ path, entries }: Baseline): (finding: ReportedFinding) => boolean {
  const accepted = new Set(entries.map((entry) => entry.fingerprint));
  return (finding) => accepted.has(entryOf(finding, path).fingerprint);
}

/** Number of entries that accept none of the findings although their file `isChecked` (given by its absolute path). */
export function countStale(
  { path, entries }: Baseline,
  findings: readonly ReportedFinding[],
  isChecked: (path: string) => boolean,
): number {
  const present = new Set(findings.map((finding) => entryOf(finding, path).fingerprint));
  return entries.filter((entry) => !present.has(entry.fingerprint) && isChecked(join(dirname(path), entry.file)))
    .length;
}

/** Reads a baseline. Throws `CannotRun` when it is missing or not a baseline. */
export async function readBaseline(path: string): Promise<Baseline> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new CannotRun(`cannot read the baseline ${path}: ${systemError(error)} (--write-baseline makes one)`);
  }
  const entries = parseBaseline(text);
  if (!entries) throw new CannotRun(`${path} is not a baseline of this version; --write-baseline makes one`);
  return { path, entries };
}

/** One entry a line, so that two branches that change different entries merge. */
export async function writeBaseline(baseline: Baseline): Promise<void> {
  const lines = baseline.entries.map((entry) => `    ${JSON.stringify(entry)}`);
  const text = `{\n  "version": 1,\n  "findings": [${lines.length > 0 ? `\n${lines.join(",\n")}\n  ` : ""}]\n}\n`;
  try {
    await writeFileAtomic(baseline.path, text);
  } catch (error) {
    throw new CannotRun(`cannot write the baseline ${baseline.path}: ${systemError(error)}`);
  }
}

function entryOf(finding: ReportedFinding, path: string): BaselineEntry {
  const file = relative(dirname(path), finding.path).split(sep).join("/");
  return { rule: finding.rule, file, fingerprint: fingerprint(finding, file) };
}

function parseBaseline(text: string): BaselineEntry[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value["version"] !== 1 || !Array.isArray(value["findings"])) return undefined;
  const entries = value["findings"].map((entry: unknown) => {
    if (!isRecord(entry)) return undefined;
    const { rule, file, fingerprint } = entry;
    if (typeof rule !== "string" || typeof file !== "string" || typeof fingerprint !== "string") return undefined;
    return { rule, file, fingerprint };
  });
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
