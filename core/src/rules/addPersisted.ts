import type { Definition } from "../model/module.ts";
import type { Expression, ListExpression } from "../syntax/expression.ts";
import { listAround } from "../syntax/findNode.ts";
import { appendElements, elementLines, indentationAt, insertBindingAfter, listText } from "./edits.ts";
import type { TextEdit } from "./finding.ts";
import { originalDefinition, sameGuards, siblingDefinitions } from "./persistedEntryEdits.ts";
import type { PersistedEntry } from "./persistence.ts";
import type { RuleContext } from "./rule.ts";

/** Appends elements to the list of a definition; undefined when it is not written as a list. */
export function appendToList(
  list: Definition,
  elements: readonly string[],
  context: RuleContext,
): TextEdit | undefined {
  const { file } = list.name;
  const literal = list.binding && listLiteral(list.binding.value);
  return literal && appendElements(context.text(file), file, literal, elements);
}

/** Appends to the list of files beside a list of directories, or adds such a list behind it; undefined when neither can be written. */
export function appendToFilesBeside(
  directories: Definition,
  elements: readonly string[],
  context: RuleContext,
): TextEdit | undefined {
  const definition = originalDefinition(directories);
  const siblings = siblingDefinitions(definition, "files");
  const files = siblings.find(({ guards }) => sameGuards(guards, definition.guards));
  if (files) return appendToList(files, elements, context);
  const { binding, name, container } = definition;
  // A set cannot have two lists of one name.
  if (!binding || siblings.some((other) => other.container === container)) return undefined;
  const text = context.text(name.file);
  const prefix = text.slice(binding.start, name.start);
  const value = listText(text, indentationAt(text, binding.start), elements);
  return insertBindingAfter(text, name.file, binding, `${prefix}files = ${value};`);
}

/** Inserts an element before an entry of a list; undefined when the entry is not written in one. */
export function insertBefore({ item }: PersistedEntry, element: string, context: RuleContext): TextEdit | undefined {
  const { at } = item;
  const parsed = context.flake.sources.parsed(at.file);
  if (!parsed || !listAround(parsed.expression, at)) return undefined;
  const { text } = parsed;
  const ownLine = text.slice(text.lastIndexOf("\n", at.start - 1) + 1, at.start).trim() === "";
  const newText = ownLine ? elementLines(text, at.start, [element, ""]) : `${element} `;
  return { file: at.file, start: at.start, end: at.start, newText };
}

/** The list in an expression such as `[ … ]`, `[ … ] ++ more`, `lib.mkAfter [ … ]`: what is in it is in the value, as it is and always. */
function listLiteral(expression: Expression): ListExpression | undefined {
  switch (expression.kind) {
    case "list":
      return expression;
    case "binary":
      return expression.operator === "++" ? (listLiteral(expression.left) ?? listLiteral(expression.right)) : undefined;
    case "apply":
      return isOrderOrPriority(expression.function) ? listLiteral(expression.argument) : undefined;
    case "with":
    case "let":
      return listLiteral(expression.body);
    default:
      return undefined;
  }
}

/** Whether a function is `lib.mkAfter`, `mkOrder 500` and the like, which leave a list as it is. */
function isOrderOrPriority(expression: Expression): boolean {
  switch (expression.kind) {
    case "apply":
      return isOrderOrPriority(expression.function);
    case "select":
      return orderOrPriority.test(String(expression.path.at(-1)?.parts[0]));
    case "variable":
      return orderOrPriority.test(expression.name);
    default:
      return false;
  }
}

const orderOrPriority = /^mk(?:Before|After|Order|Force|Default|Override)$/;
