/** A half-open range of UTF-16 offsets in a file given by its absolute path. */
export interface Place {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}
