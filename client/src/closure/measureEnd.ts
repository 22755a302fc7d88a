import type { ProcessResult } from "../../../core/src/process/runProcess.ts";
import { complaintOf } from "../complaintOf.ts";
import { type NotBuilt, parseNotBuilt } from "./notBuilt.ts";

/** What came of the command: a measurement that is kept, what a build would take, or why there is neither. */
export type MeasureEnd = "measured" | NotBuilt | { readonly failure: string };

/**
 * Says what came of the command by what it has kept and printed. Its exit code says less: 1 stands for a closure over its budget,
 * and Node has it for a program that crashed.
 */
export function measureEnd(result: ProcessResult, isKept: boolean): MeasureEnd {
  return isKept ? "measured" : (parseNotBuilt(result.stdout) ?? { failure: complaintOf(result) });
}
