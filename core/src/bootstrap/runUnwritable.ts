import { systemError } from "../systemError.ts";

/**
 * A file of the run cannot be written, as on a disk that is full. What is done to a machine without being written down could not be
 * taken up again, so the run ends.
 */
export class RunUnwritable extends Error {
  override readonly name = "RunUnwritable";
  readonly path: string;
  constructor(path: string, cause: unknown) {
    super(`${path} cannot be written: ${systemError(cause)}.`, { cause });
    this.path = path;
  }
}
