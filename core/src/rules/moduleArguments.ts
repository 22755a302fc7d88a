import type { Module } from "../model/module.ts";
import { indentationAt } from "./edits.ts";
import type { TextEdit } from "./finding.ts";

/**
 * Edits that make names arguments of a module's function, none when they are; undefined when the module is no function that
 * names its arguments.
 */
export function withArguments(
  module: Module,
  names: readonly string[],
  source: string,
): readonly TextEdit[] | undefined {
  const formals = module.heads.at(-1)?.formals;
  const [first] = formals ?? [];
  if (!formals || !first) return undefined;
  const missing = names.filter((name) => formals.every((formal) => formal.name !== name));
  if (missing.length === 0) return [];
  const indentation = indentationAt(source, first.start);
  const isOnePerLine = /(?:^|\n)[ \t]*$/.test(source.slice(0, first.start));
  const separator = isOnePerLine ? `,\n${indentation}` : ", ";
  const newText = missing.map((name) => `${name}${separator}`).join("");
  return [{ file: module.file, start: first.start, end: first.start, newText }];
}
