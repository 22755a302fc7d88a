import type { PlanProblem } from "../../core/src/bootstrap/planProblem.ts";

/** The command could not do what it was asked: its message is one line for the person at the terminal, its exit code is 2. */
export class CannotRun extends Error {
  /** For programs that ask: what they can do about it. */
  readonly problem: PlanProblem | undefined;
  constructor(message: string, problem?: PlanProblem) {
    super(message);
    this.problem = problem;
  }
}
