import { basename, dirname, join } from "node:path";
import type { Place } from "../syntax/place.ts";
import type { Evaluator } from "./evaluator.ts";
import { attrsOf, concatText, mergeAttrs, recursiveUpdate, toItems } from "./operations.ts";
import {
  type AttrEntry,
  configPath,
  type Guard,
  type ListItem,
  lazy,
  type ReferenceValue,
  referencePath,
  unknown,
  type Value,
} from "./value.ts";

interface Call {
  readonly evaluator: Evaluator;
  readonly at: Place;
  /** The argument at an index, evaluated. */
  readonly argument: (index: number) => Value;
  readonly thunk: (index: number) => () => Value;
}

interface LibraryFunction {
  readonly arity: number;
  readonly run: (call: Call) => Value;
}

const define = (arity: number, run: (call: Call) => Value): LibraryFunction => ({ arity, run });
const argumentAt = (index: number): LibraryFunction => define(index + 1, ({ argument }) => argument(index));

function guarded(call: Call, content: Value): Value {
  const condition = call.argument(0);
  if (condition.kind === "boolean" && condition.value) return content;
  return { kind: "guarded", guards: [{ condition, negated: false }], content, at: content.at };
}

function priority(level: number): LibraryFunction {
  return define(1, ({ argument }) => ({ kind: "priority", priority: level, content: argument(0), at: argument(0).at }));
}

function list(items: readonly ListItem[], at: Place): Value {
  return { kind: "list", items, at };
}

function item(value: Value): ListItem {
  return { value, spread: false, guards: [], at: value.at };
}

function optional(call: Call, items: readonly ListItem[]): Value {
  const condition = call.argument(0);
  if (condition.kind === "boolean") return list(condition.value ? items : [], call.at);
  const guard = { condition, negated: false };
  return list(
    items.map((entry) => ({ ...entry, guards: [guard, ...entry.guards] })),
    call.at,
  );
}

function mapItems(call: Call, value: Value, callee: Value): ListItem[] {
  const { evaluator, at } = call;
  return toItems(value).map((entry) =>
    entry.spread
      ? { ...entry, value: { kind: "mapped", function: callee, over: entry.value, at: entry.at } }
      : { ...entry, value: evaluator.apply(callee, () => entry.value, at) },
  );
}

/** Elements that are lists become their elements, `levels` deep. */
function flattenItems(items: readonly ListItem[], levels: number): ListItem[] {
  return items.flatMap((entry) => {
    if (entry.spread || levels === 0) return [entry];
    if (!["list", "guarded", "merge", "priority"].includes(entry.value.kind))
      return levels === Number.POSITIVE_INFINITY ? [entry] : toItems(entry.value, entry.guards);
    return flattenItems(toItems(entry.value, entry.guards), levels - 1);
  });
}

function indexedItems(call: Call, first: number): ListItem[] {
  return toItems(call.argument(1)).map((member, index) =>
    member.spread
      ? member
      : {
          ...member,
          value: apply2(
            call,
            call.argument(0),
            { kind: "number", value: index + first, at: call.at },
            () => member.value,
          ),
        },
  );
}

function filterItems(call: Call, value: Value): ListItem[] {
  const predicate = call.argument(0);
  return toItems(value).flatMap((entry): ListItem[] => {
    if (entry.spread) return [entry];
    const verdict = call.evaluator.apply(predicate, () => entry.value, call.at);
    if (verdict.kind === "boolean") return verdict.value ? [entry] : [];
    const isCondition = verdict.kind === "reference" || verdict.kind === "operation";
    return [isCondition ? { ...entry, guards: [...entry.guards, { condition: verdict, negated: false }] } : entry];
  });
}

function entry(name: string, value: () => Value, at: Place, guards: AttrEntry["guards"] = []): AttrEntry {
  return { name, computedName: undefined, value, guards, at, binding: undefined };
}

function attrs(entries: readonly AttrEntry[], open: boolean, at: Place): Value {
  return { kind: "attrs", entries, open, literal: undefined, at };
}

function stringItem(text: string, at: Place): Value {
  return { kind: "string", text, at };
}

/** Makes a set from list elements; those of which the name, or how many there are, is not known leave it open. */
function attrsFromItems(
  call: Call,
  items: readonly ListItem[],
  toEntry: (item: ListItem) => AttrEntry | undefined,
): Value {
  const entries: AttrEntry[] = [];
  let open = false;
  for (const listItem of items) {
    const known = listItem.spread ? sampleOf(call, listItem) : listItem;
    const made = known && toEntry(known);
    const isNamed = made && (listItem.spread || !made.computedName);
    if (isNamed) entries.push(made);
    open ||= listItem.spread || !isNamed;
  }
  return attrs(entries, open, call.at);
}

/** One element that stands for the elements of an option that is a list; there may be none. */
function sampleOf(call: Call, { value, guards, at }: ListItem): ListItem | undefined {
  const isMapped = value.kind === "mapped";
  const over = isMapped ? value.over : value;
  if (!configPath(over)) return undefined;
  const element = unresolved("elementOf", [over], at);
  const sample = isMapped ? call.evaluator.apply(value.function, () => element, at) : element;
  return { value: sample, spread: false, guards: [...guards, perhaps(at)], at };
}

function perhaps(at: Place): Guard {
  return { condition: unknown(at), negated: false };
}

function namedEntry(call: Call, name: Value, value: () => Value, at: Place, guards: AttrEntry["guards"]): AttrEntry {
  if (name.kind === "string") return entry(name.text, value, at, guards);
  const source = call.evaluator.files.text(name.at.file).slice(name.at.start, name.at.end);
  return { ...entry(`\${${source}}`, value, at, guards), computedName: name };
}

function nameValueEntry(call: Call, { value, guards, at }: ListItem): AttrEntry | undefined {
  const name = call.evaluator.select(value, "name", at);
  if (!name) return undefined;
  const content = (): Value => call.evaluator.select(value, "value", call.at) ?? unknown(value.at);
  return namedEntry(call, name, lazy(value.at, content), value.at, guards);
}

function mapAttrsEntries(call: Call, run: (name: Value, value: () => Value) => Value): Value {
  const set = attrsOf(call.argument(1));
  const sample = sampleMember(call.argument(1));
  if (!set && sample) return attrs([sampleEntry(call, sample, run)], true, call.at);
  if (!set) return unknown(call.at);
  return attrs(
    set.entries.map((member) => ({
      ...member,
      value: lazy(member.at, () => run(stringItem(member.name, member.at), member.value)),
    })),
    set.open,
    call.at,
  );
}

/** Name and value that stand for those of an option that is a set. */
interface SampleMember {
  readonly name: Value;
  readonly value: ReferenceValue;
}

/** A member that stands for all members of an option that is a set; undefined for anything else. There may be none. */
function sampleMember(set: Value): SampleMember | undefined {
  if (set.kind !== "reference" || !configPath(set)) return undefined;
  const names = unresolved("attrNames", [set], set.at);
  return {
    name: unresolved("elementOf", [names], set.at),
    value: { ...set, path: [...set.path, "*"], fallback: undefined },
  };
}

function sampleEntry(call: Call, sample: SampleMember, run: (name: Value, value: () => Value) => Value): AttrEntry {
  const { at } = sample.value;
  const value = lazy(at, () => run(sample.name, () => sample.value));
  return namedEntry(call, sample.name, value, at, [perhaps(at)]);
}

/** One list element that stands for what becomes of the members of an option that is a set. */
function sampleList(call: Call, set: Value, run: (sample: SampleMember) => Value): Value {
  const sample = sampleMember(set);
  if (!sample) return unknown(call.at);
  return list([{ value: run(sample), spread: false, guards: [perhaps(set.at)], at: set.at }], call.at);
}

function apply2(call: Call, callee: Value, first: Value, second: () => Value): Value {
  const { evaluator, at } = call;
  return evaluator.apply(
    evaluator.apply(callee, () => first, at),
    second,
    at,
  );
}

function text(value: Value): string | undefined {
  return value.kind === "string" ? value.text : value.kind === "path" ? value.path : undefined;
}

function onText(index: number, arity: number, run: (value: string, call: Call) => Value | undefined): LibraryFunction {
  return define(arity, (call) => {
    const known = text(call.argument(index));
    return (known === undefined ? undefined : run(known, call)) ?? unknown(call.at);
  });
}

function predicate(run: (fix: string, value: string) => boolean): LibraryFunction {
  return onText(1, 2, (value, call) => {
    const fix = text(call.argument(0));
    return fix === undefined ? undefined : { kind: "boolean", value: run(fix, value), at: call.at };
  });
}

function removeFix(run: (fix: string, value: string) => string): LibraryFunction {
  return onText(1, 2, (value, call) => {
    const fix = text(call.argument(0));
    return fix === undefined ? undefined : stringItem(run(fix, value), call.at);
  });
}

function selectMember(call: Call, name: Value, set: Value): Value {
  return (name.kind === "string" ? call.evaluator.select(set, name.text, call.at) : undefined) ?? unknown(call.at);
}

/** All Nix files below a directory, as `lib.filesystem.listFilesRecursive` and `import-tree` see them. */
function filesBelow(call: Call, directory: string, depth = 0): string[] {
  if (depth > 12) return [];
  const names = call.evaluator.files.readDirectory(directory, call.at.file);
  return [...(names ?? [])].flatMap(([name, type]) =>
    type === "directory" ? filesBelow(call, join(directory, name), depth + 1) : [join(directory, name)],
  );
}

const functions: Readonly<Record<string, LibraryFunction>> = {
  mkIf: define(2, (call) => guarded(call, call.argument(1))),
  mkMerge: define(1, ({ argument, at }) => ({
    kind: "merge",
    contents: toItems(argument(0)).map((member) => wrapGuards(member)),
    at,
  })),
  mkForce: priority(50),
  mkVMOverride: priority(10),
  mkImageMediaOverride: priority(60),
  mkDefault: priority(1000),
  mkOptionDefault: priority(1500),
  mkOverride: define(2, ({ argument }) => {
    const level = argument(0);
    return {
      kind: "priority",
      priority: level.kind === "number" ? level.value : 100,
      content: argument(1),
      at: argument(1).at,
    };
  }),
  mkBefore: argumentAt(0),
  mkAfter: argumentAt(0),
  mkOrder: argumentAt(1),
  mkAssert: argumentAt(2),
  mkAliasDefinitions: define(1, ({ argument, at }) => {
    const value = argument(0);
    // `mkAliasDefinitions options.user` stands for the definitions of that option (lib/modules.nix).
    if (value.kind !== "reference" || value.root.name !== "options") return unknown(at);
    return { ...value, root: { ...value.root, name: "config" } };
  }),
  mkOption: define(1, ({ argument, evaluator, at }) => {
    const declared = attrsOf(argument(0))?.entries.some((member) => member.name === "default");
    return { kind: "option", default: declared ? evaluator.select(argument(0), "default", at) : undefined, at };
  }),
  mkEnableOption: define(1, ({ at }) => ({ kind: "option", default: { kind: "boolean", value: false, at }, at })),
  mkPackageOption: define(3, ({ at }) => ({ kind: "option", default: undefined, at })),
  optional: define(2, (call) => optional(call, [item(call.argument(1))])),
  optionals: define(2, (call) => optional(call, toItems(call.argument(1)))),
  optionalAttrs: define(2, (call) => {
    const condition = call.argument(0);
    if (condition.kind === "boolean" && !condition.value) return attrs([], false, call.at);
    return guarded(call, call.argument(1));
  }),
  optionalString: define(2, (call) => {
    const condition = call.argument(0);
    if (condition.kind === "boolean") return condition.value ? call.argument(1) : stringItem("", call.at);
    return unknown(call.at);
  }),
  map: define(2, (call) => list(mapItems(call, call.argument(1), call.argument(0)), call.at)),
  forEach: define(2, (call) => list(mapItems(call, call.argument(0), call.argument(1)), call.at)),
  concatMap: define(2, (call) => list(flattenItems(mapItems(call, call.argument(1), call.argument(0)), 1), call.at)),
  concatLists: define(1, (call) => list(flattenItems(toItems(call.argument(0)), 1), call.at)),
  flatten: define(1, (call) => list(flattenItems(toItems(call.argument(0)), Number.POSITIVE_INFINITY), call.at)),
  toList: define(1, (call) =>
    call.argument(0).kind === "list" ? call.argument(0) : list([item(call.argument(0))], call.at),
  ),
  singleton: define(1, (call) => list([item(call.argument(0))], call.at)),
  unique: define(1, (call) => list(toItems(call.argument(0)), call.at)),
  naturalSort: argumentAt(0),
  reverseList: define(1, (call) => list(toItems(call.argument(0)).reverse(), call.at)),
  sort: argumentAt(1),
  remove: argumentAt(1),
  subtractLists: argumentAt(1),
  filter: define(2, (call) => list(filterItems(call, call.argument(1)), call.at)),
  elem: define(2, (call) => {
    const wanted = call.argument(0);
    const items = toItems(call.argument(1));
    const known = items.every(
      (member) => !member.spread && member.value.kind === "string" && member.guards.length === 0,
    );
    if (wanted.kind !== "string" || !known) return unresolved("elem", [wanted, call.argument(1)], call.at);
    return { kind: "boolean", value: items.some((member) => text(member.value) === wanted.text), at: call.at };
  }),
  zipListsWith: define(3, (call) => {
    const [left, right] = [toItems(call.argument(1)), toItems(call.argument(2))];
    if ([...left, ...right].some((member) => member.spread)) return unknown(call.at);
    const pairs = left.slice(0, right.length);
    return list(
      pairs.map((member, index) => ({
        ...member,
        value: apply2(call, call.argument(0), member.value, () => right[index]?.value ?? unknown(call.at)),
      })),
      call.at,
    );
  }),
  imap0: define(2, (call) => list(indexedItems(call, 0), call.at)),
  imap1: define(2, (call) => list(indexedItems(call, 1), call.at)),
  tail: define(1, (call) => list(toItems(call.argument(0)).slice(1), call.at)),
  init: define(1, (call) => list(toItems(call.argument(0)).slice(0, -1), call.at)),
  head: define(1, (call) => toItems(call.argument(0))[0]?.value ?? unknown(call.at)),
  last: define(1, (call) => toItems(call.argument(0)).at(-1)?.value ?? unknown(call.at)),
  elemAt: define(2, (call) => {
    const index = call.argument(1);
    return (index.kind === "number" ? toItems(call.argument(0))[index.value]?.value : undefined) ?? unknown(call.at);
  }),
  foldl: define(3, fold),
  "foldl'": define(3, fold),
  foldr: define(3, (call) =>
    toItems(call.argument(2)).reduceRight(
      (accumulated: Value, member) => apply2(call, call.argument(0), member.value, () => accumulated),
      call.argument(1),
    ),
  ),
  attrValues: define(1, (call) => {
    const set = attrsOf(call.argument(0));
    if (!set) return sampleList(call, call.argument(0), ({ value }) => value);
    const items: ListItem[] = set.entries.map((member) => ({
      value: member.value(),
      spread: false,
      guards: member.guards,
      at: member.at,
    }));
    return list(
      set.open ? [...items, { value: unknown(call.at), spread: true, guards: [], at: call.at }] : items,
      call.at,
    );
  }),
  attrNames: define(1, (call) => {
    const set = attrsOf(call.argument(0));
    if (!set)
      return configPath(call.argument(0)) ? unresolved("attrNames", [call.argument(0)], call.at) : unknown(call.at);
    const items: ListItem[] = set.entries.map((member) => ({
      value: stringItem(member.name, member.at),
      spread: false,
      guards: member.guards,
      at: member.at,
    }));
    return list(
      set.open ? [...items, { value: unknown(call.at), spread: true, guards: [], at: call.at }] : items,
      call.at,
    );
  }),
  genAttrs: define(2, (call) =>
    attrsFromItems(call, toItems(call.argument(0)), ({ value, guards, at }) => {
      const made = lazy(at, () => call.evaluator.apply(call.argument(1), () => value, call.at));
      return namedEntry(call, value, made, at, guards);
    }),
  ),
  mapAttrs: define(2, (call) => mapAttrsEntries(call, (name, value) => apply2(call, call.argument(0), name, value))),
  "mapAttrs'": define(2, (call) => {
    const set = attrsOf(call.argument(1));
    if (!set) return unknown(call.at);
    const items = set.entries.map((member) => ({
      ...item(apply2(call, call.argument(0), stringItem(member.name, member.at), member.value)),
      guards: member.guards,
    }));
    return attrsFromItems(call, items, (member) => nameValueEntry(call, member));
  }),
  mapAttrsToList: define(2, (call) => {
    const set = attrsOf(call.argument(1));
    if (!set)
      return sampleList(call, call.argument(1), ({ name, value }) => apply2(call, call.argument(0), name, () => value));
    return list(
      set.entries.map((member) => ({
        ...item(apply2(call, call.argument(0), stringItem(member.name, member.at), member.value)),
        guards: member.guards,
      })),
      call.at,
    );
  }),
  filterAttrs: define(2, (call) => {
    const set = attrsOf(call.argument(1));
    if (!set) return unknown(call.at);
    const kept = set.entries.filter((member) => {
      const verdict = apply2(call, call.argument(0), stringItem(member.name, member.at), member.value);
      return !(verdict.kind === "boolean" && !verdict.value);
    });
    return attrs(kept, set.open, call.at);
  }),
  listToAttrs: define(1, (call) =>
    attrsFromItems(call, toItems(call.argument(0)), (member) => nameValueEntry(call, member)),
  ),
  nameValuePair: define(2, (call) =>
    attrs([entry("name", call.thunk(0), call.at), entry("value", call.thunk(1), call.at)], false, call.at),
  ),
  removeAttrs: define(2, (call) => {
    const set = attrsOf(call.argument(0));
    const removed = new Set(toItems(call.argument(1)).map((member) => text(member.value)));
    return set
      ? { ...set, literal: undefined, entries: set.entries.filter((member) => !removed.has(member.name)) }
      : unknown(call.at);
  }),
  recursiveUpdate: define(
    2,
    (call) => recursiveUpdate(call.argument(0), call.argument(1), call.at) ?? unknown(call.at),
  ),
  mergeAttrsList: define(1, (call) =>
    toItems(call.argument(0)).reduce(
      (sum: Value, member) => recursiveUpdate(sum, member.value, call.at) ?? sum,
      attrs([], false, call.at),
    ),
  ),
  mergeAttrs: define(2, (call) => mergeAttrs(call.argument(0), call.argument(1), call.at) ?? unknown(call.at)),
  concatMapAttrs: define(2, (call) => {
    const set = attrsOf(call.argument(1));
    if (!set) return unknown(call.at);
    const made = set.entries.map((member) =>
      apply2(call, call.argument(0), stringItem(member.name, member.at), member.value),
    );
    return made.reduce(
      (sum: Value, next) => mergeAttrs(sum, next, call.at) ?? unknown(call.at),
      attrs([], set.open, call.at),
    );
  }),
  foldlAttrs: define(3, (call) => {
    const set = attrsOf(call.argument(2));
    if (!set || set.open) return unknown(call.at);
    return set.entries.reduce(
      (sum: Value, member) =>
        call.evaluator.apply(
          apply2(call, call.argument(0), sum, () => stringItem(member.name, member.at)),
          member.value,
          call.at,
        ),
      call.argument(1),
    );
  }),
  foldAttrs: define(3, (call) => {
    const sets = toItems(call.argument(2)).map((member) => attrsOf(member.value));
    const entries = sets.flatMap((set) => set?.entries ?? []);
    const names = [...new Set(entries.map((member) => member.name))];
    const folded = names.map((name) => {
      const values = entries.filter((member) => member.name === name);
      const value = (): Value =>
        values.reduceRight(
          (sum: Value, member) => apply2(call, call.argument(0), member.value(), () => sum),
          call.argument(1),
        );
      return entry(name, lazy(call.at, value), values[0]?.at ?? call.at);
    });
    return attrs(
      folded,
      sets.some((set) => !set || set.open),
      call.at,
    );
  }),
  getAttr: define(2, (call) => selectMember(call, call.argument(0), call.argument(1))),
  hasAttr: define(2, (call) => {
    const set = attrsOf(call.argument(1));
    const name = call.argument(0);
    if (!set || set.open || name.kind !== "string") return unresolved("hasAttr", [name, call.argument(1)], call.at);
    return { kind: "boolean", value: set.entries.some((member) => member.name === name.text), at: call.at };
  }),
  attrByPath: define(3, (call) => {
    const path = toItems(call.argument(0)).map((member) => text(member.value));
    let value: Value | undefined = call.argument(2);
    for (const name of path)
      value = name === undefined || !value ? undefined : call.evaluator.select(value, name, call.at);
    return value ?? call.argument(1);
  }),
  getExe: define(1, ({ at }) => unknown(at)),
  id: argumentAt(0),
  const: argumentAt(0),
  trace: argumentAt(1),
  traceVal: argumentAt(0),
  warn: argumentAt(1),
  warnIf: argumentAt(2),
  warnIfNot: argumentAt(2),
  throwIf: argumentAt(2),
  throwIfNot: argumentAt(2),
  assertMsg: define(2, ({ at }) => ({ kind: "boolean", value: true, at })),
  seq: argumentAt(1),
  deepSeq: argumentAt(1),
  addErrorContext: argumentAt(1),
  makeOverridable: define(2, (call) => call.evaluator.apply(call.argument(0), call.thunk(1), call.at)),
  // flake-parts calls the function with the arguments of the system's perSystem modules.
  withSystem: define(2, (call) => {
    const callee = call.argument(1);
    return callee.kind === "function" ? call.evaluator.enterFunction(callee, false) : unknown(call.at);
  }),
  flip: define(3, (call) => apply2(call, call.argument(0), call.argument(2), call.thunk(1))),
  pipe: define(2, (call) =>
    toItems(call.argument(1)).reduce(
      (sum: Value, member) => call.evaluator.apply(member.value, () => sum, call.at),
      call.argument(0),
    ),
  ),
  isNull: define(1, ({ argument, at }) => {
    const known = knownKind(argument(0), "null", at);
    return known.kind === "unknown"
      ? { kind: "operation", operator: "==", operands: [argument(0), { kind: "null", at }], at }
      : known;
  }),
  isString: define(1, ({ argument, at }) => knownKind(argument(0), "string", at)),
  isAttrs: define(1, ({ argument, at }) => knownKind(argument(0), "attrs", at)),
  isList: define(1, ({ argument, at }) => knownKind(argument(0), "list", at)),
  toString: define(1, ({ argument, at }) => {
    const value = argument(0);
    if (value.kind === "number") return stringItem(String(value.value), at);
    return concatText([value], at);
  }),
  toPath: argumentAt(0),
  unsafeDiscardStringContext: argumentAt(0),
  baseNameOf: onText(0, 1, (value, { at }) => stringItem(basename(value), at)),
  dirOf: onText(0, 1, (value, { at }) => ({ kind: "path", path: dirname(value), at })),
  concatStrings: define(1, (call) => joined(call, "", call.argument(0))),
  concatStringsSep: define(2, (call) => joined(call, text(call.argument(0)), call.argument(1))),
  hasPrefix: predicate((fix, value) => value.startsWith(fix)),
  hasSuffix: predicate((fix, value) => value.endsWith(fix)),
  hasInfix: predicate((fix, value) => value.includes(fix)),
  removePrefix: removeFix((fix, value) => (value.startsWith(fix) ? value.slice(fix.length) : value)),
  removeSuffix: removeFix((fix, value) => (fix !== "" && value.endsWith(fix) ? value.slice(0, -fix.length) : value)),
  replaceStrings: onText(2, 3, (value, call) => {
    const from = toItems(call.argument(0)).map((member) => text(member.value));
    const to = toItems(call.argument(1)).map((member) => text(member.value));
    if (from.some((piece) => !piece) || to.some((piece) => piece === undefined)) return undefined;
    // The first pattern that matches at a place wins, and replaced text is not looked at again (Nix manual, replaceStrings).
    const pattern = new RegExp(
      from.map((piece) => (piece ?? "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"),
      "g",
    );
    return from.length === 0
      ? undefined
      : stringItem(
          value.replace(pattern, (match) => to[from.indexOf(match)] ?? match),
          call.at,
        );
  }),
  toLower: onText(0, 1, (value, { at }) => stringItem(value.toLowerCase(), at)),
  splitString: onText(1, 2, (value, call) => {
    const separator = text(call.argument(0));
    return separator
      ? list(
          value.split(separator).map((piece) => item(stringItem(piece, call.at))),
          call.at,
        )
      : undefined;
  }),
  import: define(1, ({ argument, evaluator, at }) => {
    const path = text(argument(0));
    return (
      (path === undefined ? undefined : evaluator.files.importValue(path, at.file)) ??
      unresolved("import", [argument(0)], at)
    );
  }),
  pathExists: define(1, ({ argument, at }) => unresolved("pathExists", [argument(0)], at)),
  readDir: define(1, ({ argument, evaluator, at }) => {
    const path = text(argument(0));
    const names = path === undefined ? undefined : evaluator.files.readDirectory(path, at.file);
    if (!names) return unresolved("readDir", [argument(0)], at);
    return attrs(
      [...names].map(([name, type]) => entry(name, () => stringItem(type, at), at)),
      false,
      at,
    );
  }),
  listFilesRecursive: define(1, (call) => {
    const path = text(call.argument(0));
    return path === undefined
      ? unknown(call.at)
      : list(
          filesBelow(call, path).map((file) => item({ kind: "path", path: file, at: call.at })),
          call.at,
        );
  }),
  mkAliasOptionModule: define(2, (call) => optionAlias(call)),
  mkRenamedOptionModule: define(2, (call) => optionAlias(call)),
};

/** `mkAliasOptionModule from to` as a call that keeps both paths. */
function optionAlias({ argument, at }: Call): Value {
  return unresolved("mkAliasOptionModule", [argument(0), argument(1)], at);
}

function knownKind(value: Value, kind: Value["kind"], at: Place): Value {
  const concrete = ["string", "boolean", "number", "null", "list", "attrs", "path", "function"];
  return concrete.includes(value.kind) ? { kind: "boolean", value: value.kind === kind, at } : unknown(at);
}

function unresolved(name: string, args: readonly Value[], at: Place): Value {
  const callee: ReferenceValue = {
    kind: "reference",
    root: { name: "builtins", binder: undefined, isModuleArgument: false },
    path: [name],
    fallback: undefined,
    at,
  };
  return { kind: "call", function: callee, arguments: args, at };
}

function wrapGuards(member: ListItem): Value {
  return member.guards.length === 0
    ? member.value
    : { kind: "guarded", guards: member.guards, content: member.value, at: member.at };
}

function fold(call: Call): Value {
  const items = toItems(call.argument(2));
  if (items.some((member) => member.spread)) return unknown(call.at);
  return items.reduce(
    (sum: Value, member) => apply2(call, call.argument(0), sum, () => member.value),
    call.argument(1),
  );
}

function joined(call: Call, separator: string | undefined, value: Value): Value {
  const items = toItems(value);
  if (separator === undefined || items.some((member) => member.spread || member.guards.length > 0))
    return unknown(call.at);
  return concatText(
    items.flatMap((member, index) => (index === 0 ? [member.value] : [separator, member.value])),
    call.at,
  );
}

/** Sets of functions below `lib` (lib/default.nix of nixpkgs); all of them are inherited by `lib` itself. */
const librarySections = new Set([
  "lib",
  "builtins",
  "attrsets",
  "lists",
  "strings",
  "modules",
  "options",
  "trivial",
  "debug",
  "asserts",
  "filesystem",
  "path",
  "fixedPoints",
  "customisation",
  "meta",
]);

/** Whether the names of a reference (`["lib", "lists", "map"]`) are those of a function that is known here. */
export function isLibraryFunction(path: readonly string[]): boolean {
  const name = path.at(-1) ?? "";
  if (!Object.hasOwn(functions, name)) return false;
  const section = path.at(-2);
  return section === undefined ? globalFunctions.has(name) : librarySections.has(section);
}

/** Names that Nix puts into scope without `builtins.` (Nix manual, built-in constants and functions), and `withSystem` of flake-parts. */
const globalFunctions = new Set([
  "map",
  "toString",
  "import",
  "removeAttrs",
  "baseNameOf",
  "dirOf",
  "isNull",
  "withSystem",
]);

export function libraryArity(name: string): number {
  return functions[name]?.arity ?? 1;
}

/** Calls a function of `lib` or `builtins` with all its arguments; further ones are applied to its result. */
export function applyLibraryFunction(
  evaluator: Evaluator,
  name: string,
  args: readonly (() => Value)[],
  at: Place,
): Value {
  const known = functions[name];
  if (!known) return unknown(at);
  const thunk = (index: number): (() => Value) => args[index] ?? (() => unknown(at));
  const argument = (index: number): Value => thunk(index)();
  return known.run({ evaluator, at, argument, thunk });
}

/** The function that a call applies, as the last name of its path: `nixosSystem` of `inputs.nixpkgs.lib.nixosSystem { … }`. */
export function calleeName(value: Value): string | undefined {
  return value.kind === "call" ? referencePath(value.function)?.at(-1) : undefined;
}
