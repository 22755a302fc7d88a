import { resolve } from "node:path";
import type { Severity } from "../../../core/src/rules/finding.ts";
import { severities } from "../../../core/src/rules/finding.ts";
import { CannotRun } from "../cannotRun.ts";
import type { CommandSpec } from "../command.ts";
import { parseOptions } from "../parseOptions.ts";
import { unknownRule } from "../unknownRule.ts";

export const formats = ["text", "unix", "json", "sarif", "github"] as const;
export type Format = (typeof formats)[number];

export interface CheckOptions {
  readonly paths: readonly string[];
  /** The name that standard input is checked under when `paths` is `-`. */
  readonly stdinFilename: string | undefined;
  readonly format: Format;
  readonly maxWarnings: number;
  readonly fix: boolean;
  readonly dryRun: boolean;
  readonly rules: Readonly<Record<string, Severity | "off">>;
  readonly persistenceOptions: readonly string[];
  readonly headlessHosts: readonly string[];
  readonly hosts: readonly string[];
  /** Absolute paths. */
  readonly baseline: string | undefined;
  readonly writeBaseline: string | undefined;
}

/** Reads the options of `check`; throws `CannotRun` for what does not make sense. `ruleIds` are the rules there are. */
export function readCheckOptions(
  argv: readonly string[],
  command: CommandSpec,
  directory: string,
  ruleIds: readonly string[],
): CheckOptions {
  const options = parseOptions(argv, command);
  const path = (name: string): string | undefined => {
    const value = options.value(name);
    return value === undefined ? undefined : resolve(directory, value);
  };
  const format = options.value("format") ?? "text";
  if (!isOneOf(formats, format)) throw new CannotRun(`unknown format "${format}": use ${formats.join(", ")}`);
  const maxWarnings = options.value("max-warnings") ?? "0";
  if (!/^\d+$/.test(maxWarnings)) throw new CannotRun(`--max-warnings needs a number, not "${maxWarnings}"`);

  const fix = options.has("fix");
  const dryRun = options.has("dry-run");
  if (dryRun && !fix) throw new CannotRun("--dry-run goes with --fix");
  if (dryRun && format !== "text") throw new CannotRun("--fix --dry-run prints a diff; leave out --format");

  const paths = options.positionals.length > 0 ? options.positionals : ["."];
  const stdinFilename = options.value("stdin-filename");
  if (paths.includes("-") && paths.length > 1) throw new CannotRun("- (standard input) goes with no other path");
  if (stdinFilename !== undefined && !paths.includes("-")) throw new CannotRun("--stdin-filename goes with the path -");

  return {
    paths,
    stdinFilename,
    format,
    maxWarnings: Number(maxWarnings),
    fix,
    dryRun,
    rules: Object.fromEntries(options.values("rule").map((value) => readRule(value, ruleIds))),
    persistenceOptions: options.values("persistence-option"),
    headlessHosts: options.values("headless-host"),
    hosts: options.values("host"),
    baseline: path("baseline"),
    writeBaseline: path("write-baseline"),
  };
}

const levels = [...severities, "off"] as const;

function readRule(value: string, ruleIds: readonly string[]): [string, Severity | "off"] {
  const [rule = "", severity, ...rest] = value.split("=");
  if (severity === undefined || rest.length > 0) throw new CannotRun(`--rule needs ID=SEVERITY, not "${value}"`);
  if (!ruleIds.includes(rule)) throw unknownRule(rule, ruleIds);
  if (!isOneOf(levels, severity))
    throw new CannotRun(`unknown severity "${severity}" for ${rule}: use ${levels.join(", ")}`);
  return [rule, severity];
}

function isOneOf<T extends string>(values: readonly T[], value: string): value is T {
  return (values as readonly string[]).includes(value);
}
