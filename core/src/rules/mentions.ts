import type { Configuration } from "../flake/configuration.ts";
import type { FlakeModel } from "../flake/flakeModel.ts";
import type { Expression, StringPart } from "../syntax/expression.ts";

/**
 * Whether any string, path or attribute name matches a pattern, in the modules of a configuration or in all Nix files of the flake.
 * Comments do not count. In a text each interpolation stands as NUL.
 */
export function isMentioned(pattern: RegExp, flake: FlakeModel, within?: Configuration): boolean {
  const files = within ? new Set(within.modules.map((module) => module.file)) : flake.sources.paths();
  for (const file of files) {
    const parsed = flake.sources.parsed(file);
    if (parsed && isMentionedIn(parsed.expression, pattern)) return true;
  }
  return false;
}

/** Answers by pattern, kept as long as the text they are about. */
const answers = new WeakMap<Expression, Map<string, boolean>>();

function isMentionedIn(root: Expression, pattern: RegExp): boolean {
  const own = answers.get(root) ?? new Map<string, boolean>();
  answers.set(root, own);
  const answer = own.get(pattern.source) ?? textsOf(root).some((text) => pattern.test(text));
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
