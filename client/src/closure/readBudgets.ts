import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Budgets, budgetFile, NoBudget, parseBudgets } from "../../../core/src/closure/budget.ts";

/** The budgets of a flake, or why they cannot be read. */
export type BudgetsOfFlake =
  | { readonly budgets: Budgets; readonly problem?: undefined }
  | { readonly budgets?: undefined; readonly problem: string };

/** Reads `nixos-vps.json` beside a flake.nix; a flake without one has no budgets. */
export function readBudgets(flake: string): BudgetsOfFlake {
  try {
    return { budgets: parseBudgets(readFileSync(join(flake, budgetFile), "utf8")) };
  } catch (error) {
    if (error instanceof NoBudget) return { problem: error.message };
    if (!(error instanceof Error && "code" in error)) throw error;
    return error.code === "ENOENT" ? { budgets: new Map() } : { problem: `${budgetFile}: ${error.message}` };
  }
}
