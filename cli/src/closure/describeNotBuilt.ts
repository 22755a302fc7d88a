import { describeEstimate } from "../../../core/src/closure/measuring/describeEstimate.ts";
import type { NotBuilt } from "../../../core/src/closure/measuring/measureClosure.ts";

/** What it would take to have a system that is not in the store. */
export function describeNotBuilt({ toplevel, estimate }: NotBuilt): string {
  return `${toplevel} is not in the store: ${describeEstimate(estimate)}. --build does that and weighs it.`;
}
