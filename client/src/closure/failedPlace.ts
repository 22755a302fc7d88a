/** A place in a file of the flake; lines and columns count from 1. */
export interface FailedPlace {
  /** Relative to the flake. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where in the flake an evaluation failed, as the command says it; undefined when it was elsewhere, or nothing says where. */
export function failedPlace(message: string): FailedPlace | undefined {
  const [, file, line, column] = /^Evaluation of .* failed at ([^:/«][^:]*):(\d+):(\d+): /.exec(message) ?? [];
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) };
}
