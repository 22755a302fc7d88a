import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Budget, budgetFile, NoBudget, parseBudgets } from "../../../core/src/closure/budget.ts";
import type { HostReference } from "../../../core/src/nix/flakeReference.ts";
import { CannotRun } from "../cannotRun.ts";
import { systemError } from "../systemError.ts";

/** What the file beside flake.nix says of a host; undefined when there is none. Throws `CannotRun` when it cannot be read. */
export function readBudget({ directory, host }: HostReference): Budget | undefined {
  if (directory === undefined) return undefined;
  const path = join(directory, budgetFile);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new CannotRun(`cannot read ${path}: ${systemError(error)}`);
  }
  try {
    return parseBudgets(text).get(host);
  } catch (error) {
    throw error instanceof NoBudget ? new CannotRun(`${directory}: ${error.message}`) : error;
  }
}
