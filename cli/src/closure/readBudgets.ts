import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Budgets, budgetFile, NoBudget, parseBudgets } from "../../../core/src/closure/budget.ts";
import type { HostReference } from "../../../core/src/nix/flakeReference.ts";
import { systemError } from "../../../core/src/systemError.ts";
import { CannotRun } from "../cannotRun.ts";

/** What the file beside flake.nix says; nothing when there is none. Throws `CannotRun` when it cannot be read. */
export function readBudgets({ directory }: HostReference): Budgets {
  if (directory === undefined) return new Map();
  const path = join(directory, budgetFile);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return new Map();
    throw new CannotRun(`cannot read ${path}: ${systemError(error)}`);
  }
  try {
    return parseBudgets(text);
  } catch (error) {
    throw error instanceof NoBudget ? new CannotRun(`${directory}: ${error.message}`) : error;
  }
}
