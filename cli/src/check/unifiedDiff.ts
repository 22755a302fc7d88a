import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

/** A change of one file as `git apply` and `patch -p1` read it; `file` is relative to where they are run. */
export function unifiedDiff(file: string, before: string, after: string): string {
  return createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
