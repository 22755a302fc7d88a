import type { Value } from "../model/value.ts";

/** The text of a string or path that is known. */
export function textOf(value: Value): string | undefined {
  return value.kind === "string" ? value.text : value.kind === "path" ? value.path : undefined;
}
