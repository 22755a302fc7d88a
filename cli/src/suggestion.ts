import { closest, distance } from "fastest-levenshtein";

/** `; did you mean "x"?` for the known name nearest to a mistyped one, or nothing when none is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = known.length > 0 ? closest(name, known) : undefined;
  if (nearest === undefined || distance(name, nearest) > Math.max(2, name.length / 3)) return "";
  return `; did you mean "${nearest}"?`;
}
