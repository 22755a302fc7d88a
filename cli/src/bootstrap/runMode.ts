/** How a run is carried out: in this process or in one that outlives it, and with what leave. */
export interface RunMode {
  readonly json: boolean;
  readonly detach: boolean;
  /** Disks that may be wiped without a question. */
  readonly yesWipe: readonly string[];
}
