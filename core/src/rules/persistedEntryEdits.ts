import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Guard } from "../model/value.ts";
import type { Binding, ListExpression } from "../syntax/expression.ts";
import { listAround } from "../syntax/findNode.ts";
import {
  appendElements,
  deleteText,
  elementLines,
  indentationAt,
  insertBindingAfter,
  listText,
  quoted,
  replaceText,
} from "./edits.ts";
import { pathLiteral, setEntryAttributes } from "./entryAttributes.ts";
import type { TextEdit } from "./finding.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import { isPrivateSwitch } from "./privatePersistence.ts";
import type { RuleContext } from "./rule.ts";

/** Takes an entry out of its list, and the list out of its set when nothing else is in it; undefined when it is not written in one. */
export function dropEntry(entry: PersistedEntry, context: RuleContext): readonly TextEdit[] | undefined {
  const { at } = entry.item;
  const { binding } = entry.definition;
  const text = context.text(at.file);
  const list = listOf(entry, context);
  // An option named after the path goes as a whole; what is written outside of a list literal is no one's to delete.
  if (!list)
    return isPrivateSwitch(entry.definition.path) && binding
      ? [deleteText(text, { ...binding, file: at.file })]
      : undefined;
  const own = bindingOf(entry, list);
  return [deleteText(text, own && isAlone(text, list) ? { ...own, file: at.file } : at)];
}

/** Persists another directory in the place of an entry; undefined when its path is not written there. */
export function replacePath(
  entry: PersistedEntry,
  path: string,
  context: RuleContext,
): readonly TextEdit[] | undefined {
  const place = pathLiteral(entry, context);
  return place && [replaceText(place, quoted(path))];
}

/**
 * Persists files, and other directories if there are any, instead of the directory of an entry. The files go to the list of files
 * beside its list; when there is none, a list that holds nothing else is renamed, else one is made. Undefined when there is no
 * telling where that list is. Elements are given as Nix.
 */
export function moveToFiles(
  entry: PersistedEntry,
  files: readonly string[],
  context: RuleContext,
  configuration: Configuration,
  directories: readonly string[] = [],
): readonly TextEdit[] | undefined {
  const list = listOf(entry, context);
  const definition = originalDefinition(entry.definition);
  const { binding } = definition;
  const { file } = definition.name;
  const { at } = entry.item;
  const fileList = filesBeside(definition, entry, configuration);
  if (!list || !binding || fileList === undefined || !isWithin(entry.item.guards, definition.guards)) return undefined;
  const text = context.text(file);
  const keep =
    directories.length > 0 ? [replaceText(at, elementLines(context.text(at.file), at.start, directories))] : undefined;
  const siblings = siblingDefinitions(definition, fileList);
  const existing = siblings.find(({ guards }) => sameGuards(guards, definition.guards));
  if (existing?.binding?.value.kind === "list") {
    return [
      ...(keep ?? dropEntry(entry, context) ?? []),
      appendElements(context.text(existing.name.file), existing.name.file, existing.binding.value, files),
    ];
  }
  // A list that is put together from others is no place to append to, and a set cannot have two of one name.
  if (existing || siblings.some(({ container }) => container === definition.container)) return undefined;
  const own = bindingOf(entry, list);
  if (own && !keep && list.elements.length === 1) {
    const elements = isAlone(text, list)
      ? replaceText({ ...list, file }, listText(text, indentationAt(text, own.start), files))
      : replaceText(at, elementLines(text, at.start, files));
    return [replaceText(definition.name, fileList), elements];
  }
  const prefix = text.slice(binding.start, definition.name.start);
  const newBinding = `${prefix}${fileList} = ${listText(text, indentationAt(text, binding.start), files)};`;
  const change = keep ?? [deleteText(context.text(at.file), at)];
  return [...change, insertBindingAfter(text, file, binding, newBinding)];
}

/** Mounts an entry of preservation in the initrd. */
export function mountInInitrd(entry: PersistedEntry, context: RuleContext): readonly TextEdit[] | undefined {
  return setEntryAttributes(entry, { inInitrd: "true" }, context);
}

/** Mounts a file system before activation; the definition is of one of its attributes in `fileSystems`. */
export function mountEarly({ binding, name, path }: Definition, context: RuleContext): readonly TextEdit[] | undefined {
  if (!binding || path.length !== 3) return undefined;
  const text = context.text(name.file);
  const prefix = text.slice(binding.start, name.start);
  return [insertBindingAfter(text, name.file, binding, `${prefix}neededForBoot = true;`)];
}

/** Whether an entry is written where its list is defined; a list that has a name may be used for something else as well. */
export function isWrittenInPlace({ item: { at }, definition: { binding, name } }: PersistedEntry): boolean {
  return binding !== undefined && at.file === name.file && at.start >= binding.start && at.end <= binding.end;
}

/** Whether a configuration persists a path as it is: as a directory, or as a file. */
export function isEntry(path: string, configuration: Configuration, context: RuleContext): boolean {
  return persistedEntries(configuration, context.settings).some((entry) => entry.path === path);
}

/** The list literal that an entry is an element of. */
function listOf(entry: PersistedEntry, context: RuleContext): ListExpression | undefined {
  const { at } = entry.item;
  const parsed = context.flake.sources.parsed(at.file);
  return parsed && listAround(parsed.expression, at);
}

/** The binding of which a list is the whole value. */
function bindingOf(entry: PersistedEntry, list: ListExpression): Binding | undefined {
  const { binding, name } = entry.definition;
  const isWhole =
    binding && name.file === entry.item.at.file && binding.value.start === list.start && binding.value.end === list.end;
  return isWhole ? binding : undefined;
}

/** Whether a list holds one element and no comment. */
function isAlone(text: string, list: ListExpression): boolean {
  const [only] = list.elements;
  if (list.elements.length !== 1 || !only) return false;
  return `${text.slice(list.start + 1, only.start)}${text.slice(only.end, list.end - 1)}`.trim() === "";
}

/** The definition as its module has it, before it was carried on to another option. */
export function originalDefinition(definition: Definition): Definition {
  const { name, module } = definition;
  return (
    module.definitions.find((other) => other.name.start === name.start && other.name.file === name.file) ?? definition
  );
}

/** What the list of files beside a list of directories is called; undefined when there is none. */
function filesBeside(definition: Definition, entry: PersistedEntry, configuration: Configuration): string | undefined {
  const own = definition.path.at(-1) ?? "";
  const name = own.replace(/dir(?:ectorie)?s/i, (found) => (found.startsWith("D") ? "Files" : "files"));
  if (name === own) return undefined;
  const path = [...definition.path.slice(0, -1), name];
  const isPublic = /^(?:environment\.persistence|preservation)\./.test(path.join(".")) && entry.user === undefined;
  const exists =
    configuration.declaration(path) !== undefined || configuration.widest.definitions(path.join(".")).length > 0;
  return isPublic || exists ? name : undefined;
}

/** The definitions of another option of the same set in the same module. */
export function siblingDefinitions({ path, module }: Definition, name: string): readonly Definition[] {
  return module.definitions.filter(
    (other) =>
      other.path.length === path.length &&
      other.path.at(-1) === name &&
      path.slice(0, -1).every((part, index) => other.path[index] === part),
  );
}

/** Whether some definitions stand under the same conditions. */
export function sameGuards(a: readonly Guard[], b: readonly Guard[]): boolean {
  return isWithin(a, b) && isWithin(b, a);
}

/** Whether all of some conditions are among others. */
function isWithin(some: readonly Guard[], all: readonly Guard[]): boolean {
  return some.every(({ condition, negated }) =>
    all.some((other) => other.condition === condition && other.negated === negated),
  );
}
