import type { BudgetResult } from "../../../core/src/closure/budget.ts";
import type { Fit } from "../../../core/src/closure/fits.ts";
import type { HistoryEntry } from "../../../core/src/closure/measuring/measurementStore.ts";
import type { KnownTarget } from "./knownTarget.ts";

/** A host by its flake's directory and its name. */
export interface HostName {
  /** Absolute path. */
  readonly flake: string;
  readonly name: string;
}

/** What is known of a host's closure. */
export interface HostClosure {
  readonly entry: HistoryEntry;
  /** The measurement of the system before this one. */
  readonly previous: HistoryEntry | undefined;
  /** Undefined when it has no budget. */
  readonly budget: BudgetResult | undefined;
  /** Undefined when nothing is known of the machine. */
  readonly fit: Fit | undefined;
  readonly target: KnownTarget | undefined;
}

/** Tells hosts apart. */
export function hostKey({ flake, name }: HostName): string {
  return `${flake}\0${name}`;
}
