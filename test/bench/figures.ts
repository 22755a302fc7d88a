/** One line of the table: what was measured, the figure, and the budget or the thing it is compared with. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly budget: string;
}

export function printTable(figures: readonly Figure[]): void {
  const rows = [{ what: "path", measured: "measured", budget: "budget or ratio" }, ...figures];
  const width = (pick: (row: Figure) => string): number => Math.max(...rows.map((row) => pick(row).length));
  const [what, measured] = [width((row) => row.what), width((row) => row.measured)];
  for (const row of rows)
    process.stdout.write(`${row.what.padEnd(what)}  ${row.measured.padStart(measured)}  ${row.budget}\n`);
}

/** The value below which a share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function milliseconds(value: number): string {
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
