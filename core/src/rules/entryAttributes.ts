import type { Binding } from "../syntax/expression.ts";
import type { Place } from "../syntax/place.ts";
import { insertBindingAfter, replaceText } from "./edits.ts";
import type { TextEdit } from "./finding.ts";
import { normalizePath } from "./paths.ts";
import type { PersistedEntry } from "./persistence.ts";
import type { RuleContext } from "./rule.ts";

/**
 * Sets attributes of an entry, given as Nix expressions: `"/a"` becomes `{ directory = "/a"; inInitrd = true; }`, those of `{ … }` are
 * changed or added. Undefined when the entry is not written there, as when a function makes it.
 */
export function setEntryAttributes(
  entry: PersistedEntry,
  wanted: Readonly<Record<string, string>>,
  context: RuleContext,
): readonly TextEdit[] | undefined {
  const { at } = entry.item;
  const { file } = at;
  const text = context.text(file);
  const path = pathLiteral(entry, context);
  if (!path) return undefined;
  const literal = entry.attributes?.literal;
  if (!literal) {
    const bindings = Object.entries(wanted).map(([name, value]) => ` ${name} = ${value};`);
    const written = text.slice(path.start, path.end);
    return [replaceText(path, `{ ${entry.kind} = ${written};${bindings.join("")} }`)];
  }
  const bindings = literal.bindings.filter((binding) => binding.kind === "binding");
  const named = (name: string): Binding | undefined =>
    bindings.find((binding) => binding.path.length === 1 && binding.path[0]?.parts[0] === name);
  const beside = bindings.find(({ value }) => value.start === path.start && value.end === path.end);
  if (!beside) return undefined;
  const present = Object.entries(wanted).flatMap(([name, value]) => {
    const binding = named(name);
    return binding ? [replaceText({ ...binding.value, file }, value)] : [];
  });
  const missing = Object.entries(wanted)
    .filter(([name]) => !named(name))
    .map(([name, value]) => `${name} = ${value};`);
  return missing.length > 0 ? [...present, insertBindingAfter(text, file, beside, missing.join(" "))] : present;
}

/** Where the path of an entry is written as a plain string; undefined when it is computed from what is written there. */
export function pathLiteral({ item, attributes, path, user }: PersistedEntry, context: RuleContext): Place | undefined {
  const text = context.text(item.at.file);
  const place = attributes
    ? attributes.entries.find(({ name }) => ["directory", "file", "path", "dir"].includes(name))?.value().at
    : item.at;
  if (!place || place.file !== item.at.file || place.start < item.at.start || place.end > item.at.end) return undefined;
  const [, written] = /^"((?:[^"\\$]|\$(?!\{))*)"$/.exec(text.slice(place.start, place.end)) ?? [];
  if (written === undefined) return undefined;
  const isWhole = normalizePath(written) === path || (user !== undefined && path.endsWith(`/${written}`));
  return isWhole ? place : undefined;
}
