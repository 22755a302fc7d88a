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
  const isMentionedIn = (file: string): boolean => {
    const parsed = sources.parsed(file);
    return parsed !== undefined && mentions(parsed, mention);
  };
  return within ? within.modules.some(({ file }) => isMentionedIn(file)) : sources.paths().some(isMentionedIn);
}

/** Answers by pattern, kept as long as the text they are about. */
const answers = new WeakMap<Expression, Map<string, boolean>>();

function mentions({ expression, text }: ParsedText, { pattern, holds = "" }: Mention): boolean {
  const own = answers.get(expression) ?? new Map<string, boolean>();
  answers.set(expression, own);
  const answer =
    own.get(pattern.source) ?? (text.includes(holds) && textsOf(expression).some((each) => pattern.test(each)));
  own.set(pattern.source, answer);
  return answer;
}

const textsByExpression = new WeakMap<Expression, readonly string[]>();

/** Every text that is written below an expression. */
function textsOf(root: Expression): readonly string[] {
  const known = textsByExpression.get(root);
  if (known) return known;
  const texts: string[] = [];
  const queue: unknown[] = [root];
  while (queue.length > 0) {
    const node = queue.pop();
    if (typeof node !== "object" || node === null) continue;
    if ("parts" in node) texts.push(joined(node.parts as readonly StringPart[]));
    for (const child of Object.values(node)) queue.push(child);
  }
  textsByExpression.set(root, texts);
  return texts;
}

function joined(parts: readonly StringPart[]): string {
  return parts.map((part) => (typeof part === "string" ? part : "\0")).join("");
}
