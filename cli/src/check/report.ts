import type { Severity } from "../../../core/src/rules/finding.ts";

/** A half-open range in a file; lines and UTF-16 columns start at 1. */
export interface Region {
  /** Absolute path. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface ReportedEdit extends Region {
  readonly newText: string;
}

export interface ReportedFinding extends Region {
  readonly rule: string;
  readonly severity: Severity;
  /** Path relative to the report's root, with `/`. */
  readonly file: string;
  readonly message: string;
  readonly hosts: readonly string[];
  /** The lines the finding touches, without line ends. */
  readonly lines: readonly string[];
  /** Distinguishes findings of one rule on equal text in one file: 0 for the first. */
  readonly occurrence: number;
  readonly related: readonly (Region & { readonly message: string })[];
  /** What `--fix` would do. */
  readonly fix: { readonly title: string; readonly edits: readonly ReportedEdit[] } | undefined;
}

/** A rule that threw while it looked at a file. */
export interface RuleFailure {
  readonly rule: string;
  readonly path: string;
  readonly error: string;
}

/** What a check found, as plain data: every output format is a function of it. */
export interface Report {
  /** Absolute path of the directory that holds everything that was checked. */
  readonly root: string;
  /** Number of Nix files whose findings are in the report. */
  readonly files: number;
  readonly durationMs: number;
  /** Sorted by file and place. */
  readonly findings: readonly ReportedFinding[];
  readonly ruleFailures: readonly RuleFailure[];
}
