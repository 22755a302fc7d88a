import type { StringPart } from "./expression.ts";

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Replaces the escapes of a `"…"` string as the Nix lexer does: `\n`, `\r`, `\t`, any other `\c` is `c`, `$$` stays. */
export function unescapeString(source: string): string {
  return source.replace(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character);
}

/** Replaces the escapes of a `''…''` string: `'''` is `''`, `''$` is `$`, `''\c` is an escape as in `"…"`. */
export function unescapeIndentedString(source: string): string {
  return source.replace(/''(?:'|\$|\\([\s\S]))/g, (match, character: string | undefined) =>
    match === "'''" ? "''" : match === "''$" ? "$" : (escapes[character ?? ""] ?? character ?? ""),
  );
}

/** Removes the common indentation and the first line when it is blank, as Nix does with `''…''` (libexpr `stripIndentation`). */
export function stripIndentation(parts: readonly StringPart[]): StringPart[] {
  let smallest = Number.POSITIVE_INFINITY;
  let atLineStart = true;
  let indentation = 0;
  for (const part of parts) {
    if (typeof part !== "string") {
      if (atLineStart) smallest = Math.min(smallest, indentation);
      atLineStart = false;
      continue;
    }
    for (const character of part) {
      if (character === "\n") {
        atLineStart = true;
        indentation = 0;
      } else if (atLineStart && character === " ") indentation++;
      else if (atLineStart) {
        atLineStart = false;
        smallest = Math.min(smallest, indentation);
      }
    }
  }
  const width = Number.isFinite(smallest) ? smallest : 0;
  const indented = new RegExp(`\\n {0,${width}}`, "g");
  const stripped = parts.map((part, index) => {
    if (typeof part !== "string") return part;
    if (index > 0) return part.replace(indented, "\n");
    return `\n${part.replace(/^ *\n/, "")}`.replace(indented, "\n").slice(1);
  });
  const last = stripped.at(-1);
  if (typeof last === "string") stripped[stripped.length - 1] = last.replace(/\n *$/, "\n");
  return stripped;
}
