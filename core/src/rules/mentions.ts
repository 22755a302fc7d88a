import type { Configuration } from "../flake/configuration.ts";
import type { FlakeModel } from "../flake/flakeModel.ts";
import type { Expression, StringPart } from "../syntax/expression.ts";
import type { ParsedText } from "../syntax/nixParser.ts";

export interface Mention {
  readonly pattern: RegExp;
  /** What every text that matches holds; files without it need not be looked at closely. */
  readonly holds?: string;
}

/**
 * Whether any string, path or attribute name matches a pattern, in the modules of a configuration or in all Nix files of the flake.
 * Comments do not count. In a text each interpolation stands as NUL.
 */
export function isMentioned(mention: Mention, { sources }: FlakeModel, within?: Configuration): boolean {
  const { source } = mention.pattern;
  const known = answers.get(source) ?? new WeakMap<ParsedText, boolean>();
  answers.set(source, known);
  const isMentionedIn = (file: string): boolean => {
    const parsed = sources.parsed(file);
    if (!parsed) return false;
    const answer = known.get(parsed) ?? mentions(parsed, mention);
    known.set(parsed, answer);
    return answer;
  };
  return within ? within.modules.some(({ file }) => isMentionedIn(file)) : sources.paths().some(isMentionedIn);
}

/** Answers by the source of a pattern, kept as long as the text they are about. */
const answers = new Map<string, WeakMap<ParsedText, boolean>>();

function mentions({ expression, text }: ParsedText, { pattern, holds = "" }: Mention): boolean {
  return text.includes(holds) && textsOf(expression).some((each) => pattern.test(each));
}

const textsByExpression = new WeakMap<Expression, readonly string[]>();

/** Every text that is written below an expression. */
function textsOf(root: Expression): readonly string[] {
  const known = textsByExpression.get(root);
  if (known) return known;
  const texts: string[] = [];
  const collect = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const element of node) collect(element);
      return;
    }
    if ("parts" in node) texts.push(joined(node.parts as readonly StringPart[]));
    for (const key in node) collect((node as Readonly<Record<string, unknown>>)[key]);
  };
  collect(root);
  textsByExpression.set(root, texts);
  return texts;
}

function joined(parts: readonly StringPart[]): string {
  return parts.map((part) => (typeof part === "string" ? part : "\0")).join("");
}
