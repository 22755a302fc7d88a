import type { ClosureAnalysis } from "./analyseClosure.ts";
import { formatBytes, parseBytes } from "./byteSizes.ts";
import { at } from "./closureGraph.ts";
import { matchesGlob } from "./glob.ts";
import { nameOfStorePath } from "./storePathName.ts";

/** What one host may have. */
export interface Budget {
  /** Bytes of the whole closure. */
  readonly maxClosure?: number;
  /** Bytes of any single path alone. */
  readonly maxPath?: number;
  /** Patterns with `*` and `?` for names of paths, such as `clang-*`. */
  readonly forbid?: readonly string[];
}

/** By host. */
export type Budgets = ReadonlyMap<string, Budget>;

export interface BudgetViolation {
  readonly kind: "maxClosure" | "maxPath" | "forbid";
  /** The place of the path; absent for the closure as a whole. */
  readonly path?: number;
  readonly message: string;
}

export interface BudgetResult {
  /** `near`: from nine tenths of `maxClosure` on. */
  readonly verdict: "under" | "near" | "over";
  readonly violations: readonly BudgetViolation[];
}

/** Name of the file beside flake.nix. */
export const budgetFile = "nixos-vps.json";

/** The budget file is not as it should be; the message says where. */
export class NoBudget extends Error {
  override readonly name = "NoBudget";
}

/** Reads `nixos-vps.json`. Throws `NoBudget`. */
export function parseBudgets(text: string): Budgets {
  let value: unknown;
  try {
    // Editors of Windows begin a file with a byte order mark, which JSON has no place for.
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new NoBudget(`${budgetFile} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { hosts = {} } = members(value, "", ["$schema", "hosts"]);
  return new Map(
    Object.entries(members(hosts, "hosts")).map(([host, budget]) => [host, readBudget(budget, `hosts.${host}`)]),
  );
}

/** What is wrong with each budget that is none of the flake's hosts'; nothing where no host is known. */
export function strayBudgets(budgets: Budgets, hosts: readonly string[]): string[] {
  if (hosts.length === 0) return [];
  return [...budgets.keys()]
    .filter((name) => !hosts.includes(name))
    .map(
      (name) =>
        `${budgetFile}: hosts.${name} is none of the flake's hosts (${hosts.join(", ")}), so nothing is held against that budget.`,
    );
}

/** Holds a closure against a budget. */
export function checkBudget({ measurement, graph, totalBytes }: ClosureAnalysis, budget: Budget): BudgetResult {
  const { maxClosure, maxPath, forbid = [] } = budget;
  const violations: BudgetViolation[] = [];
  const whole = closureViolation(totalBytes, budget);
  if (whole) violations.push(whole);
  const heaviestFirst = [...graph.order].sort((a, b) => at(graph.ownBytes, b) - at(graph.ownBytes, a) || a - b);
  for (const path of heaviestFirst) {
    const name = nameOfStorePath(measurement.paths[path]?.path ?? "");
    const bytes = at(graph.ownBytes, path);
    if (maxPath !== undefined && bytes > maxPath)
      violations.push({
        kind: "maxPath",
        path,
        message: `${name} has ${formatBytes(bytes)}, more than the ${formatBytes(maxPath)} a path may have.`,
      });
    const forbidding = forbid.find((pattern) => matchesGlob(pattern, name));
    if (forbidding !== undefined)
      violations.push({ kind: "forbid", path, message: `${name} is forbidden by "${forbidding}".` });
  }
  const isNear = maxClosure !== undefined && totalBytes >= maxClosure * 0.9;
  return { verdict: violations.length > 0 ? "over" : isNear ? "near" : "under", violations };
}

/** That a closure as a whole has more bytes than it may have. */
export function closureViolation(totalBytes: number, { maxClosure }: Budget): BudgetViolation | undefined {
  if (maxClosure === undefined || totalBytes <= maxClosure) return undefined;
  const over = formatBytes(totalBytes - maxClosure);
  return {
    kind: "maxClosure",
    message: `The closure has ${formatBytes(totalBytes)}, ${over} more than the ${formatBytes(maxClosure)} it may have.`,
  };
}

function readBudget(value: unknown, where: string): Budget {
  const { maxClosure, maxPath, forbid } = members(value, where, ["maxClosure", "maxPath", "forbid"]);
  if (forbid !== undefined && !(Array.isArray(forbid) && forbid.every((each) => typeof each === "string")))
    throw new NoBudget(`${budgetFile}: ${where}.forbid is no list of patterns such as "clang-*".`);
  return {
    ...(maxClosure === undefined ? {} : { maxClosure: readSize(maxClosure, `${where}.maxClosure`) }),
    ...(maxPath === undefined ? {} : { maxPath: readSize(maxPath, `${where}.maxPath`) }),
    ...(forbid === undefined ? {} : { forbid }),
  };
}

function readSize(value: unknown, where: string): number {
  const bytes =
    typeof value === "number" && value >= 0 ? value : typeof value === "string" ? parseBytes(value) : undefined;
  if (bytes === undefined)
    throw new NoBudget(`${budgetFile}: ${where} is no size such as "3 GB": ${JSON.stringify(value)}`);
  return bytes;
}

/** The members of a JSON object, of which no others than the known ones may be there. */
function members(value: unknown, where: string, known?: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NoBudget(
      where === ""
        ? `${budgetFile} is no JSON object, such as { "hosts": {} }.`
        : `${budgetFile}: ${where} is no JSON object.`,
    );
  const stray = Object.keys(value).find((name) => known?.includes(name) === false);
  if (stray !== undefined)
    throw new NoBudget(
      `${budgetFile}: ${where === "" ? stray : `${where}.${stray}`} is not known; ${known?.filter((name) => name !== "$schema").join(", ")} can stand there.`,
    );
  return value as Record<string, unknown>;
}
